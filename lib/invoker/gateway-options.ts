import type { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';

/** What the gateway of an invoker is to be. */
export interface AdapterGatewayOptions {
  /**
   * Name of the function. With a stage it is deployed as `name__stage`, which may have 64 characters.
   *
   * @default - CloudFormation makes one
   */
  readonly name?: string;

  /**
   * Stage that is part of the deployed name.
   *
   * @default - none
   */
  readonly stage?: string;

  /**
   * Whether it has a function URL. The URL asks for IAM: whoever has `grantInvokeUrl` may call it, with a signed request.
   *
   * @default true
   */
  readonly url?: boolean;

  /**
   * Memory, in MiB: 128 to 10,240.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Longest that one call may take, its retries included: 1 second to 15 minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly timeout?: Duration;

  /**
   * How long log lines are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * X-Ray tracing.
   *
   * @default lambda.Tracing.DISABLED, with which Lambda passes a caller's trace on but adds nothing to it
   */
  readonly tracing?: lambda.Tracing;
}
