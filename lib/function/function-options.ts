import type * as codeguruprofiler from 'aws-cdk-lib/aws-codeguruprofiler';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Overlap } from '../runs/overlap';
import type { FunctionDefaults } from './function-defaults';
import type { Source } from './source';

/** Options of a function. */
export interface FunctionOptions extends FunctionDefaults {
  /** Code of the function. */
  readonly source: Source;

  /**
   * Name of the function. With a stage it is deployed as `name__stage`, which can have at most 64 characters.
   *
   * @default - the construct's id; without a stage, CloudFormation makes the deployed name
   */
  readonly name?: string;

  /**
   * Stage that is part of the deployed name, such as `prod` in `orders__prod`.
   *
   * @default - the group's stage
   */
  readonly stage?: string;

  /**
   * Deployed name, exactly as given: at most 64 letters, digits, `-` and `_`.
   *
   * @default - from `name` and `stage`
   */
  readonly functionName?: string;

  /**
   * Description of the function: at most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Names of the events that start the function. `*` stands for any characters: `order.*` matches every name that starts with
   * `order.`, and `*` alone matches every event of the group's bus.
   *
   * @default - none
   */
  readonly on?: string[];

  /**
   * Whether a run may start while earlier runs of the function are in progress.
   *
   * @default - the schedule of a scheduled function skips a run while an earlier scheduled run is in progress; all other runs start
   */
  readonly overlap?: Overlap;

  /**
   * Whether `npx cdk-katamari shell` can run code in the function, with its role and environment: JavaScript in a Node.js function, Python
   * in a Python function. Requires a bundled source, a handler that does not stream its response, and the context `katamari:debug`
   * of the app to be true; synth warns about it. The shell is opened by a generated secret in Secrets Manager, and its invocations
   * are not recorded as runs.
   *
   * @default false
   */
  readonly debugShell?: boolean;

  /**
   * Concurrent executions that are reserved for the function: 0 or more. They are taken from the account's, of which 100 must stay
   * unreserved. 0 stops the function. `Overlap.queue` sets it too.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Event sources, as `addEventSource` takes them.
   *
   * @default - none
   */
  readonly events?: lambda.IEventSource[];

  /**
   * Standard queue for events that failed in every attempt. Events and scheduled runs that could not be delivered go to the queue of
   * the group.
   *
   * @default - the dead-letter queue of the group
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Standard topic for events that failed in every attempt, instead of a dead-letter queue.
   *
   * @default - none
   */
  readonly deadLetterTopic?: sns.ITopic;

  /**
   * File system to mount. Requires `vpc`.
   *
   * @default - none
   */
  readonly filesystem?: lambda.FileSystem;

  /**
   * Whether Lambda starts published versions from a snapshot. Node.js does not support it.
   *
   * @default - no snapshots
   */
  readonly snapStart?: lambda.SnapStartConf;

  /**
   * Instrumentation by AWS Distro for OpenTelemetry. It takes one of the 5 layers, and turns on X-Ray tracing.
   *
   * @default - none
   */
  readonly adotInstrumentation?: lambda.AdotInstrumentationConfig;

  /**
   * Whether Amazon CodeGuru Profiler profiles the function: Python and Java.
   *
   * @default - true with `profilingGroup`
   */
  readonly profiling?: boolean;

  /**
   * Profiling group of Amazon CodeGuru Profiler.
   *
   * @default - a new one with `profiling`
   */
  readonly profilingGroup?: codeguruprofiler.IProfilingGroup;

  /**
   * What Lambda does when the function invokes itself in a loop through other services.
   *
   * @default lambda.RecursiveLoop.TERMINATE
   */
  readonly recursiveLoop?: lambda.RecursiveLoop;

  /**
   * Options of the version that `currentVersion` and aliases publish.
   *
   * @default - earlier versions are kept
   */
  readonly currentVersionOptions?: lambda.VersionOptions;

  /**
   * Whether Lambda isolates the execution environments of tenants. Every invocation must then name its tenant, which events and
   * schedules cannot do.
   *
   * @default - no isolation
   */
  readonly tenancyConfig?: lambda.TenancyConfig;

  /**
   * Makes the function durable. It is invoked by version or alias, which events and schedules of this library do not do, and its
   * runs are not tracked: set `trackRuns: false` in a group.
   *
   * @default - not durable
   */
  readonly durableConfig?: lambda.DurableConfig;
}
