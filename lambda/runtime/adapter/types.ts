import type { INVOCATION_TYPES } from '../../../lib/invoker/constants';
import type { NotRun } from '../../shared/not-run';
import type { SdkClient } from '../../shared/sdk-client';

/** Request to a module. It has the field names of the original LambdaAdapter, because it is also sent as JSON. */
export interface ExecuteRequest {
  readonly command: string;
  /** Arguments of the command. @default - none */
  readonly args?: readonly string[];
  readonly user_id: string;
  readonly entity_id: string;
  readonly community_id: string;
  /** Sent as `request_id` of the payload: it connects the log of the caller to the log of the module. */
  readonly session_id: string;
  readonly platform: string;
  /** Details of community, user and entity. @default - the defaults of each field */
  readonly metadata?: ExecuteMetadata;
  /** Scopes of the caller, which must include the scopes that the module requires. @default - none */
  readonly scopes?: readonly string[];
}

/** Metadata of a request. Fields that are left out get the default of the original LambdaAdapter. */
export interface ExecuteMetadata {
  /** Whether the request is an event rather than a command. @default false */
  readonly is_event?: boolean;
  /** Type of the event. @default null */
  readonly event_type?: unknown;
  /** Data of the event. @default null */
  readonly event_data?: unknown;
  /** Community of the request. @default - the defaults of its fields */
  readonly community?: {
    /** @default 'Unknown Community' */
    readonly name?: string | null;
    /** @default true */
    readonly is_subscribed?: boolean | null;
    /** @default null */
    readonly subscription_order_id?: string | null;
    /** @default 0 */
    readonly seat_count?: number | null;
  };
  /** User of the request. @default - the defaults of its fields */
  readonly user?: {
    /** @default 'unknown' */
    readonly username?: string | null;
    /** @default - `user_id` of the request */
    readonly platform_user_id?: string | null;
  };
  /** Entity of the request. @default - the defaults of its fields */
  readonly entity?: {
    /** @default - `entity_id` of the request */
    readonly platform_entity_id?: string | null;
  };
  readonly [key: string]: unknown;
}

/** Response to a call. */
export interface ExecuteResponse {
  readonly success: boolean;
  readonly message: string | null;
  /** Everything that the module returned besides `success` and `message`. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Reason for the failure; null when the call succeeded. */
  readonly error: string | null;
  /** Targets that the module returned. A target that is a string becomes the `type` of an object. */
  readonly targets: readonly Readonly<Record<string, unknown>>[];
  /** Id of the run, for an event that Lambda has queued: a function that is tracked records the run with this id. */
  readonly runId?: string;
}

/** Response to a failed call. */
export interface ExecuteFailure extends ExecuteResponse {
  readonly success: false;
  readonly error: string;
  /** Set when the module did not run: its overlap skipped the run, or a run has the same idempotency key. It is no failure of the module. */
  readonly notRun?: NotRun;
}

/** Payload that a module receives. */
export interface ExecutePayload {
  readonly community: {
    readonly id: string;
    readonly name: unknown;
    readonly is_subscribed: unknown;
    readonly subscription_order_id: unknown;
    readonly seat_count: unknown;
  };
  readonly trigger: {
    readonly type: 'command' | 'event';
    readonly command: string | null;
    /** The arguments, separated by spaces. */
    readonly context_text: string | null;
    readonly event_type: unknown;
    readonly event_data: unknown;
  };
  readonly user: {
    readonly id: string;
    readonly username: unknown;
    readonly platform: string;
    readonly platform_user_id: unknown;
  };
  readonly entity: { readonly id: string; readonly platform: string; readonly platform_entity_id: unknown };
  readonly request_id: string;
  /** ISO 8601 in UTC. */
  readonly timestamp: string;
}

/** `RequestResponse` waits for the response of the function, `Event` until Lambda has queued the event. */
export type AdapterInvocationType = (typeof INVOCATION_TYPES)[number];

/** Health of a module. Calls that were not sent, or that their caller cancelled, are not counted. */
export interface ModuleHealth {
  /** Whether fewer than 3 consecutive calls failed. */
  readonly isHealthy: boolean;
  readonly totalRequests: number;
  readonly totalFailures: number;
  readonly consecutiveFailures: number;
  /** Share of failed calls, from 0 to 1, rounded to 4 decimal places. */
  readonly errorRate: number;
  /** ISO 8601 in UTC; null when there was none. */
  readonly lastSuccess: string | null;
  /** ISO 8601 in UTC; null when there was none. */
  readonly lastFailure: string | null;
}

/** Configuration and health of a module. */
export interface ModuleInfo {
  readonly name: string;
  readonly version: string;
  readonly type: 'lambda_adapter';
  /** Name with its prefix, or ARN. */
  readonly functionName: string;
  readonly region: string;
  readonly invocationType: AdapterInvocationType;
  readonly requiredScopes: readonly string[];
  readonly maxRetries: number;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly health: ModuleHealth;
}

/** Options of the circuit breaker. */
export interface CircuitBreakerOptions {
  /** Consecutive failed calls that open the circuit: a whole number from 1 to 1,000. @default 3 */
  readonly failures?: number;
  /** Milliseconds until the open circuit lets a probe through: a whole number from 1 to 3,600,000. @default 30000 */
  readonly halfOpenAfterMs?: number;
}

/** Role that the adapter assumes to invoke the function, such as a role of another account. */
export interface AssumeRoleOptions {
  /** ARN of the role. */
  readonly roleArn: string;
  /** External id that the trust policy of the role requires. @default - none */
  readonly externalId?: string;
}

/** How an adapter calls its function. */
export interface AdapterBehavior {
  /** Region of the function. @default - the region of its ARN, otherwise `AWS_REGION` */
  readonly region?: string;
  /** Invocation type. @default 'RequestResponse' */
  readonly invocationType?: AdapterInvocationType;
  /** Maximum number of retries: a whole number from 0 to 20. @default 3 */
  readonly maxRetries?: number;
  /** Delay before the first retry in milliseconds, which doubles with each retry: 1 to 900,000. @default 500 */
  readonly initialRetryDelayMs?: number;
  /** Maximum delay in milliseconds: `initialRetryDelayMs` to 900,000. @default 30000 */
  readonly maxRetryDelayMs?: number;
  /** `full` shortens each delay by a random share, so that callers don't retry at the same time; `none` keeps it. @default 'full' */
  readonly jitter?: 'full' | 'none';
  /** Timeout of the connection in milliseconds: a whole number from 1 to 900,000. @default 10000 */
  readonly connectionTimeoutMs?: number;
  /** Timeout of one attempt in milliseconds, until the last byte of the response: a whole number from 1 to 900,000. @default 30000 */
  readonly requestTimeoutMs?: number;
  /**
   * Whether to retry when the function itself fails. Set it only if the function may run twice for one request.
   *
   * @default false
   */
  readonly retryFunctionErrors?: boolean;
  /** Names of additional errors to retry, such as `ServiceException`. @default - none */
  readonly alsoRetry?: readonly string[];
  /** Whether to limit retries by the budget of the AWS SDKs: 500 tokens, 5 for a retry, 10 after a timeout. @default true */
  readonly retryBudget?: boolean;
  /** When to refuse calls because the module keeps failing; `false` never refuses them. @default - after 3 consecutive failures, for 30 s */
  readonly breaker?: CircuitBreakerOptions | false;
  /** Remaining time of the caller that calls never use, in milliseconds: a whole number from 0 to 60,000. @default 500 */
  readonly deadlineMarginMs?: number;
  /** Version of the module. @default '1.0.0' */
  readonly moduleVersion?: string;
  /** Scopes that a request must have. @default - none */
  readonly requiredScopes?: readonly string[];
  /** Role to assume for the call. @default - the role of the caller */
  readonly assumeRole?: AssumeRoleOptions;
  /**
   * Name of the table in which callers share the health of the module; `false` keeps it in this process.
   *
   * @default - the environment variable KATAMARI_HEALTH_TABLE
   */
  readonly healthTable?: string | false;
  /** Maximum number of concurrent connections: a whole number from 1 to 10,000. @default 1024 */
  readonly maxSockets?: number;
  /** Endpoint URL of Lambda, such as that of the local engine. @default - the AWS endpoint of the region */
  readonly endpoint?: string;
  /**
   * A Lambda client of SDK v3. Set `maxAttempts: 1`, or its retries multiply with those of the adapter.
   *
   * @default - shared by all adapters with the same region, endpoint, role, connection timeout and sockets
   */
  readonly lambda?: SdkClient;
  /** A DynamoDB client of SDK v3 for the health table. @default - shared by all adapters */
  readonly dynamoDb?: SdkClient;
  /** @internal Waits before a retry; replaced in tests. @default - a timer */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

/** Function and module that an adapter calls. */
export interface AdapterTarget {
  /** Name, ARN or alias ARN of the function. With `functionPrefix`, the name without the prefix. */
  readonly functionName: string;
  /** Prefix of the function name. Not allowed with an ARN. @default - none */
  readonly functionPrefix?: string;
  /** Name of the module: 1 to 128 letters, digits, '_' and '-'. */
  readonly moduleName: string;
}

/** Converts a request to the payload for the function. */
export type MapRequest<Req> = (request: Req) => unknown;
/**
 * Converts the payload that the function returned to the response. For `Event`, it receives
 * `{ success: true, message: 'Lambda function queued' }`.
 */
export type ParseResponse<Res> = (payload: unknown, call: AnsweredCall) => Res;

/** Details of a call that was answered. */
export interface AnsweredCall {
  /** Id of the run; set for an event that Lambda has queued. */
  readonly runId?: string;
}

/** Mapping of requests and responses. The default is the mapping of the original LambdaAdapter, if its types fit. */
export type AdapterMapping<Req, Res> = ([Req] extends [ExecuteRequest]
  ? { readonly mapRequest?: MapRequest<Req> }
  : { readonly mapRequest: MapRequest<Req> }) &
  ([ExecuteResponse] extends [Res]
    ? { readonly parseResponse?: ParseResponse<Res> }
    : { readonly parseResponse: ParseResponse<Res> });

/** Options of an adapter. */
export type LambdaAdapterOptions<Req = ExecuteRequest, Res = ExecuteResponse> = AdapterTarget &
  AdapterBehavior &
  AdapterMapping<Req, Res>;

/** The part of Lambda's context that an adapter uses. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Options of a call. */
export interface ExecuteOptions {
  /** Context of the calling Lambda function. The call ends before the function times out. @default - only the timeouts of the adapter apply */
  readonly context?: RemainingTime;
  /** Cancels the call. @default - none */
  readonly signal?: AbortSignal;
  /** Scopes of the request. @default - `scopes` of the request */
  readonly scopes?: readonly string[];
  /**
   * Lets the module complete one run at most for all calls with this key, retries included. At most 255 characters. Requires a
   * module whose runs this library tracks.
   *
   * @default - none: each attempt starts a run
   */
  readonly idempotencyKey?: string;
}
