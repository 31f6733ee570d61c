import type { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { InvocationType } from './invocation-type';
import type { InvokerTarget } from './invoker-target';

/**
 * A module: the function that does its work, and how callers call it. Credentials are those of the caller's role, or of
 * `assumeRole`; there is no place for keys.
 */
export interface AdapterModuleOptions {
  /** The function of the module. */
  readonly target: InvokerTarget;

  /**
   * How the function is invoked.
   *
   * @default InvocationType.REQUEST_RESPONSE
   */
  readonly invocationType?: InvocationType;

  /**
   * Version of the module, as callers report it: at most 128 characters.
   *
   * @default '1.0.0'
   */
  readonly version?: string;

  /**
   * Scopes that a request must have: one without them is refused before the call.
   *
   * @default - none
   */
  readonly scopes?: string[];

  /**
   * Tries after the first one: 0 to 20.
   *
   * @default 3
   */
  readonly maxRetries?: number;

  /**
   * Pause before the first retry, which doubles from retry to retry: 1 millisecond to 15 minutes.
   *
   * @default Duration.millis(500)
   */
  readonly initialRetryDelay?: Duration;

  /**
   * Longest pause between retries: `initialRetryDelay` to 15 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly maxRetryDelay?: Duration;

  /**
   * How long a connection may take: 1 millisecond to 15 minutes.
   *
   * @default Duration.seconds(10)
   */
  readonly connectionTimeout?: Duration;

  /**
   * How long one try may take, to the last byte of its answer: 1 millisecond to 15 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly requestTimeout?: Duration;

  /**
   * Role that callers assume for the call, such as one of another account. They may assume exactly this one; its trust policy
   * must let them. A role that this app makes is given the permission to invoke, an imported one must have it.
   *
   * @default - none: the call is made with the caller's own role
   */
  readonly assumeRole?: iam.IRole;

  /**
   * External id that the trust policy of `assumeRole` asks for: 2 to 1,224 characters. It is no secret.
   *
   * @default - none
   */
  readonly externalId?: string;
}
