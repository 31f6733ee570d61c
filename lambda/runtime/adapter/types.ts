import type { INVOCATION_TYPES } from '../../../lib/invoker/constants';
import type { SdkClient } from '../../shared/sdk-client';

/** What a module is asked to do. Its names are those of the original LambdaAdapter: it also travels as JSON. */
export interface ExecuteRequest {
  readonly command: string;
  readonly args?: readonly string[];
  readonly user_id: string;
  readonly entity_id: string;
  readonly community_id: string;
  /** The `request_id` of the payload: it leads from the caller's log to that of the module. */
  readonly session_id: string;
  readonly platform: string;
  readonly metadata?: ExecuteMetadata;
  /** What the caller is allowed to do: compared with the scopes that the module requires. */
  readonly scopes?: readonly string[];
}

/** What else is known about a request. Whatever is left out has the default of the original. */
export interface ExecuteMetadata {
  /** Whether this is an event rather than a command. */
  readonly is_event?: boolean;
  readonly event_type?: unknown;
  readonly event_data?: unknown;
  readonly community?: {
    readonly name?: string | null;
    readonly is_subscribed?: boolean | null;
    readonly subscription_order_id?: string | null;
    readonly seat_count?: number | null;
  };
  readonly user?: { readonly username?: string | null; readonly platform_user_id?: string | null };
  readonly entity?: { readonly platform_entity_id?: string | null };
  readonly [key: string]: unknown;
}

/** How a call ended. */
export interface ExecuteResponse {
  readonly success: boolean;
  readonly message: string | null;
  /** Whatever the module answered beside `success` and `message`. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Why it failed; null where it did not. */
  readonly error: string | null;
  /** Where the answer belongs: one that the module gave as text is the `type` of an object here. */
  readonly targets: readonly Readonly<Record<string, unknown>>[];
}

/** A call that failed. */
export interface ExecuteFailure extends ExecuteResponse {
  readonly success: false;
  readonly error: string;
}

/** The payload that a module receives. */
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
    /** The arguments, with a space between them. */
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

/** `RequestResponse` waits for the answer of the function, `Event` for Lambda to take the event. */
export type AdapterInvocationType = (typeof INVOCATION_TYPES)[number];

/** How a module does. Calls that were not sent don't count, nor do those that their caller gave up. */
export interface ModuleHealth {
  /** Whether fewer than 3 calls in a row have failed. */
  readonly isHealthy: boolean;
  readonly totalRequests: number;
  readonly totalFailures: number;
  readonly consecutiveFailures: number;
  /** Share of calls that failed, from 0 to 1, to 4 places. */
  readonly errorRate: number;
  /** ISO 8601 in UTC; null where there was none. */
  readonly lastSuccess: string | null;
  /** ISO 8601 in UTC; null where there was none. */
  readonly lastFailure: string | null;
}

/** What an adapter calls, and how that does. */
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

/** When the breaker opens, and for how long. */
export interface CircuitBreakerOptions {
  /** How many calls in a row must fail: a whole number from 1 to 1,000. @default 3 */
  readonly failures?: number;
  /** Milliseconds until a probe is let through: a whole number from 1 to 3,600,000. @default 30000 */
  readonly halfOpenAfterMs?: number;
}

/** A role that the adapter assumes to invoke the function, such as one of another account. */
export interface AssumeRoleOptions {
  readonly roleArn: string;
  /** What its trust policy asks for. @default - none */
  readonly externalId?: string;
}

/** What an adapter may be told beside its function; all of it has a default. */
export interface AdapterBehavior {
  /** Region of the function. @default - that of its ARN, else `AWS_REGION` */
  readonly region?: string;
  /** @default 'RequestResponse' */
  readonly invocationType?: AdapterInvocationType;
  /** Tries after the first one: a whole number from 0 to 20. @default 3 */
  readonly maxRetries?: number;
  /** Pause before the first retry in milliseconds, which doubles from retry to retry: 1 to 900,000. @default 500 */
  readonly initialRetryDelayMs?: number;
  /** Longest pause in milliseconds: `initialRetryDelayMs` to 900,000. @default 30000 */
  readonly maxRetryDelayMs?: number;
  /** `full` cuts each pause by chance, so that callers fall apart; `none` leaves it as it is. @default 'full' */
  readonly jitter?: 'full' | 'none';
  /** Milliseconds that a connection may take: a whole number from 1 to 900,000. @default 10000 */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds that one try may take, to the last byte of its answer: a whole number from 1 to 900,000. @default 30000 */
  readonly requestTimeoutMs?: number;
  /**
   * Whether a function that failed is called again. Say so only of one that may run twice for one request.
   *
   * @default false
   */
  readonly retryFunctionErrors?: boolean;
  /** Names of further errors that are tried again, such as `ServiceException`. @default - none */
  readonly alsoRetry?: readonly string[];
  /** Whether retries are bounded by the budget of the AWS SDKs: 500 tokens, 5 a retry, 10 after a timeout. @default true */
  readonly retryBudget?: boolean;
  /** When calls are refused since the module fails; `false`: never. @default - after 3 failures in a row, for 30 s */
  readonly breaker?: CircuitBreakerOptions | false;
  /** Milliseconds of the caller's remaining time that are left alone: a whole number from 0 to 60,000. @default 500 */
  readonly deadlineMarginMs?: number;
  /** Version of the module. @default '1.0.0' */
  readonly moduleVersion?: string;
  /** Scopes that a request must have. @default - none */
  readonly requiredScopes?: readonly string[];
  /** A role that is assumed for the call. @default - the role of the caller */
  readonly assumeRole?: AssumeRoleOptions;
  /**
   * Name of the table in which callers share the health of the module; `false`: none.
   *
   * @default - that of the environment variable KATAMARI_HEALTH_TABLE
   */
  readonly healthTable?: string | false;
  /** Most connections at a time: a whole number from 1 to 10,000. @default 1024 */
  readonly maxSockets?: number;
  /** Endpoint of Lambda instead of AWS's, such as that of the local engine. @default - AWS */
  readonly endpoint?: string;
  /**
   * A Lambda client of SDK v3. Give it `maxAttempts: 1`, or its retries multiply with those of the adapter.
   *
   * @default - one for all adapters that agree on region, role, timeouts and sockets
   */
  readonly lambda?: SdkClient;
  /** A DynamoDB client of SDK v3, for the health table. @default - one for all adapters */
  readonly dynamoDb?: SdkClient;
  /** @internal Pauses between tries, for tests. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

/** What an adapter calls. */
export interface AdapterTarget {
  /** Name, ARN or alias ARN of the function; with a prefix the rest of its name. */
  readonly functionName: string;
  /** What the name begins with; not with an ARN. @default - nothing */
  readonly functionPrefix?: string;
  /** Name of the module: 1 to 128 letters, digits, '_' and '-'. */
  readonly moduleName: string;
}

/** Makes the payload of a request. */
export type MapRequest<Req> = (request: Req) => unknown;
/** Makes an answer of what the function returned; of `Event` it receives `{ success: true, message: 'Lambda function queued' }`. */
export type ParseResponse<Res> = (payload: unknown) => Res;

/** How requests become payloads, and payloads answers. What the original does can be left out where its types fit. */
export type AdapterMapping<Req, Res> = ([Req] extends [ExecuteRequest]
  ? { readonly mapRequest?: MapRequest<Req> }
  : { readonly mapRequest: MapRequest<Req> }) &
  ([ExecuteResponse] extends [Res]
    ? { readonly parseResponse?: ParseResponse<Res> }
    : { readonly parseResponse: ParseResponse<Res> });

/** All that an adapter can be told. */
export type LambdaAdapterOptions<Req = ExecuteRequest, Res = ExecuteResponse> = AdapterTarget &
  AdapterBehavior &
  AdapterMapping<Req, Res>;

/** The part of Lambda's context that an adapter looks at. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** What one call may be told. */
export interface ExecuteOptions {
  /** The context of the calling Lambda function: the call ends before its time does. */
  readonly context?: RemainingTime;
  /** Ends the call. */
  readonly signal?: AbortSignal;
  /** Scopes of the request. @default - `scopes` of the request itself */
  readonly scopes?: readonly string[];
}
