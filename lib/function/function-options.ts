import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Overlap } from '../runs/overlap';
import type { Source } from './source';

/** What every function of a group gets unless it says otherwise. */
export interface FunctionDefaults {
  /**
   * Memory, in MiB: 128 to 10,240.
   *
   * @default 256
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly memorySize?: number;

  /**
   * Longest run of one attempt: 1 second to 15 minutes.
   *
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly timeout?: Duration;

  /**
   * Runtime. Of a group's default, a source of another language makes nothing: it takes its own.
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
   * Environment variables: 4 KB in all, names and values together. A function's own come on top of the group's.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly environment?: { [name: string]: string };

  /**
   * How long log lines are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * What becomes of the log group when the function goes.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly logRemovalPolicy?: RemovalPolicy;

  /**
   * X-Ray tracing.
   *
   * @default lambda.Tracing.DISABLED, with which Lambda passes a caller's trace on but adds nothing to it
   */
  readonly tracing?: lambda.Tracing;

  /**
   * Whether each run is recorded in the group's run table.
   *
   * @default true
   */
  readonly trackRuns?: boolean;
}

/** What a function is made of, and when it runs. */
export interface FunctionOptions extends FunctionDefaults {
  /** Where the code comes from. */
  readonly source: Source;

  /**
   * Name of the function. With a stage it is deployed as `name__stage`, which may have 64 characters.
   *
   * @default - the construct's id; without a stage the deployed name is then made by CloudFormation
   */
  readonly name?: string;

  /**
   * Stage that is part of the deployed name, such as `prod` in `orders__prod`.
   *
   * @default - the group's stage
   */
  readonly stage?: string;

  /**
   * What the function is for: at most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Names of the events to run on. `*` stands for any characters: `order.*` for every name that starts with `order.`, and
   * `*` alone for every event of the group.
   *
   * @default - none
   */
  readonly on?: string[];

  /**
   * When a run may start while earlier runs of the function are still going.
   *
   * @default - a scheduled function skips what the clock would start while a run that it started is going; any other
   * function, and a scheduled one on events and direct invocations, starts whatever is running
   */
  readonly overlap?: Overlap;

  /**
   * Times that Lambda invokes the function again after an asynchronous run failed: 0 to 2.
   *
   * @default 2
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  readonly retryAttempts?: number;

  /**
   * Oldest that an event may be when Lambda invokes the function with it: 1 minute to 6 hours.
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
   * Layers, at most 5.
   *
   * @default - none
   */
  readonly layers?: lambda.ILayerVersion[];

  /**
   * VPC to reach from the function.
   *
   * @default - none
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC for the function.
   *
   * @default - private subnets with a way out
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function in the VPC.
   *
   * @default - one of its own
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether `katamari shell` can run code in the function: JavaScript in a Node.js function, Python in a Python one, with the
   * function's role and environment. An invocation for it carries a generated secret of Secrets Manager; it is not recorded as
   * a run. Refused unless the app's context `katamari:debug` is true, and warned of at synth. For bundled sources alone, and
   * not for a handler that streams its response.
   *
   * @default false
   */
  readonly debugShell?: boolean;
}
