import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** What a source needs to know of the function that it becomes part of. */
export interface SourceBindOptions {
  /**
   * Runtime that the function was given.
   *
   * @default - the group's, where the source can use it, else the source's own default
   */
  readonly runtime?: lambda.Runtime;
  /**
   * Runtime of the functions of the group that say none.
   *
   * @default - the source's own default
   */
  readonly defaultRuntime?: lambda.Runtime;
  /** Processor architecture of the function. */
  readonly architecture: lambda.Architecture;
  /** Whether the run tracker is to go around the handler. */
  readonly wrapHandler: boolean;
  /**
   * Whether the debug shell is to go around the handler.
   *
   * @default false
   */
  readonly debugShell?: boolean;
}

/** What a source gives to a function. */
export interface SourceConfig {
  /** The code to deploy. */
  readonly code: lambda.Code;
  /** Module and export that handle an invocation. */
  readonly handler: string;
  /** Runtime to run it on. */
  readonly runtime: lambda.Runtime;
  /** Whether the run tracker goes around the handler. */
  readonly wrapped: boolean;
  /**
   * Whether the debug shell goes around the handler.
   *
   * @default false
   */
  readonly debugShell?: boolean;
  /**
   * Environment variables that the code needs.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}

/**
 * What a source does when a function takes it.
 *
 * @internal
 */
export interface SourceBinding {
  bind(scope: Construct, options: SourceBindOptions): SourceConfig;
}
