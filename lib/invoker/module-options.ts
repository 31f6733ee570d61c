import type { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { InvocationType } from './invocation-type';
import type { InvokerTarget } from './invoker-target';

/**
 * Options of a module: its function, and how callers call it. Callers use the credentials of their own role or of `assumeRole`;
 * access keys are not supported.
 */
export interface AdapterModuleOptions {
  /** Function that does the work of the module. */
  readonly target: InvokerTarget;

  /**
   * How the function is invoked.
   *
   * @default InvocationType.REQUEST_RESPONSE
   */
  readonly invocationType?: InvocationType;

  /**
   * Version of the module, which callers report: at most 128 characters.
   *
   * @default '1.0.0'
   */
  readonly version?: string;

  /**
   * Scopes that a request must have. Adapters refuse requests that lack one, without calling the module.
   *
   * @default - none
   */
  readonly scopes?: string[];

  /**
   * Maximum number of retries: 0 to 20.
   *
   * @default 3
   */
  readonly maxRetries?: number;

  /**
   * Delay before the first retry, which doubles with each retry: 1 millisecond to 15 minutes.
   *
   * @default Duration.millis(500)
   */
  readonly initialRetryDelay?: Duration;

  /**
   * Maximum delay between retries: `initialRetryDelay` to 15 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly maxRetryDelay?: Duration;

  /**
   * Timeout of the connection: 1 millisecond to 15 minutes.
   *
   * @default Duration.seconds(10)
   */
  readonly connectionTimeout?: Duration;

  /**
   * Timeout of one attempt, until the last byte of the response: 1 millisecond to 15 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly requestTimeout?: Duration;

  /**
   * Role that callers assume for the call, such as a role of another account. Callers may assume exactly this role; its trust
   * policy must allow them to. A role of this app gets the permission to invoke the function; an imported role must have it.
   *
   * @default - none: callers use their own role
   */
  readonly assumeRole?: iam.IRole;

  /**
   * External id that the trust policy of `assumeRole` requires: 2 to 1,224 characters. It is not a secret.
   *
   * @default - none
   */
  readonly externalId?: string;
}
