import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Function that a source is bound to. */
export interface SourceBindOptions {
  /**
   * Name of the function in error messages.
   *
   * @default - messages name only the construct
   */
  readonly functionName?: string;

  /**
   * Runtime that the function sets.
   *
   * @default - the group's if the source can use it, else the source's own default
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Default runtime of the group.
   *
   * @default - the source's own default
   */
  readonly defaultRuntime?: lambda.Runtime;

  /** Processor architecture of the function. */
  readonly architecture: lambda.Architecture;

  /** Whether to wrap the handler with the run tracker. */
  readonly wrapHandler: boolean;

  /**
   * Whether to wrap the handler with the debug shell.
   *
   * @default false
   */
  readonly debugShell?: boolean;
}

/** Code of a function, with the settings that it requires. */
export interface SourceConfig {
  /** Code to deploy. */
  readonly code: lambda.Code;

  /** Module and export that handle an invocation. */
  readonly handler: string;

  /** Runtime to run the code on. */
  readonly runtime: lambda.Runtime;

  /** Whether the handler is wrapped with the run tracker. */
  readonly wrapped: boolean;

  /**
   * Whether the handler is wrapped with the debug shell.
   *
   * @default false
   */
  readonly debugShell?: boolean;

  /**
   * Environment variables that the code requires.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}

/**
 * Code of one kind of source.
 *
 * @internal
 */
export interface SourceBinding {
  bind(scope: Construct, options: SourceBindOptions): SourceConfig;
}
