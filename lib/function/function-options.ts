import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Overlap } from '../runs/overlap';
import type { Source } from './source';

/** Default options of the functions of a group. */
export interface FunctionDefaults {
  /**
   * Memory, in MiB: 128 to 10,240.
   *
   * @default 256
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly memorySize?: number;

  /**
   * Maximum duration of one attempt: 1 second to 15 minutes.
   *
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly timeout?: Duration;

  /**
   * Runtime. Ignored for sources in another language, which use their own default runtime. Refused when a function itself sets the
   * runtime of another language.
   *
   * @default - nodejs24.x for TypeScript and JavaScript, python3.13 for Python
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Processor architecture.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Environment variables: 4 KB in total, names and values together. A function adds its own to those of its group.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly environment?: { [name: string]: string };

  /**
   * Time that log lines are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Removal policy of the log group, applied when the function is deleted.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly logRemovalPolicy?: RemovalPolicy;

  /**
   * X-Ray tracing.
   *
   * @default lambda.Tracing.DISABLED, with which Lambda passes on the trace of a caller but adds nothing to it
   */
  readonly tracing?: lambda.Tracing;

  /**
   * Whether each run is recorded in the group's run table.
   *
   * @default true
   */
  readonly trackRuns?: boolean;
}

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
   * Retries after an asynchronous invocation failed: 0 to 2.
   *
   * @default 2
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  readonly retryAttempts?: number;

  /**
   * Maximum age of an event for which Lambda invokes the function: 1 minute to 6 hours.
   *
   * @default Duration.hours(6)
   */
  readonly maxEventAge?: Duration;

  /**
   * Size of `/tmp`: 512 MiB to 10,240 MiB.
   *
   * @default - 512 MiB
   */
  readonly ephemeralStorageSize?: Size;

  /**
   * Layers: at most 5.
   *
   * @default - none
   */
  readonly layers?: lambda.ILayerVersion[];

  /**
   * VPC to run the function in.
   *
   * @default - none
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC.
   *
   * @default - private subnets with a route to the internet
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function in the VPC.
   *
   * @default - a new security group
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether `katamari shell` can run code in the function, with its role and environment: JavaScript in a Node.js function, Python
   * in a Python function. Requires a bundled source, a handler that does not stream its response, and the context `katamari:debug`
   * of the app to be true; synth warns about it. The shell is opened by a generated secret in Secrets Manager, and its invocations
   * are not recorded as runs.
   *
   * @default false
   */
  readonly debugShell?: boolean;
}
