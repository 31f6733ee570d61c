import type { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { FunctionSettings } from './function-settings';

/** Default options of the functions of a group. */
export interface FunctionDefaults extends FunctionSettings {
  /**
   * Runtime. Ignored for sources in another language, which use their own default runtime. Refused when a function itself sets the
   * runtime of another language.
   *
   * @default - nodejs24.x for TypeScript and JavaScript, python3.13 for Python
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Environment variables: 4 KB in total, names and values together. A function adds its own to those of its group.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly environment?: { [name: string]: string };

  /**
   * Layers: at most 5. A function adds its own to those of its group. Layers of a group that do not support the runtime of a
   * function are left out.
   *
   * @default - none
   */
  readonly layers?: lambda.ILayerVersion[];

  /**
   * Extension that caches parameters and secrets. It takes one of the 5 layers.
   *
   * @default - no extension
   */
  readonly paramsAndSecrets?: lambda.ParamsAndSecretsLayerVersion;

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
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  readonly maxEventAge?: Duration;

  /**
   * Destination of the record of an asynchronous invocation that failed in every attempt. The event also goes to the dead-letter
   * queue.
   *
   * @default - none
   */
  readonly onFailure?: lambda.IDestination;

  /**
   * Destination of the record of an asynchronous invocation that succeeded.
   *
   * @default - none
   */
  readonly onSuccess?: lambda.IDestination;

  /**
   * Whether each run is recorded in the group's run table.
   *
   * @default true
   */
  readonly trackRuns?: boolean;
}
