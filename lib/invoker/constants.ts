// What the adapters of both languages and the invoker construct must agree on. No import of aws-cdk-lib here.

/** Environment variable of a caller: the modules that it may call, as the JSON of a `ModulesConfig`. */
export const ENV_MODULES = 'KATAMARI_MODULES';

/** Environment variable of a caller: name of the table in which adapters share the health of modules. */
export const ENV_HEALTH_TABLE = 'KATAMARI_HEALTH_TABLE';

/**
 * Environment variable of a caller: namespace of the metric of health. Where it is set, adapters log the metric in
 * CloudWatch's embedded format after each failed call, and after the call that ends a row of failures.
 */
export const ENV_HEALTH_NAMESPACE = 'KATAMARI_HEALTH_NAMESPACE';

/** The metric of health: how many calls in a row have failed, in the table where one is given, else in the process. */
export const CONSECUTIVE_FAILURES_METRIC = 'ConsecutiveFailures';

/** The one dimension of that metric: name of the module. */
export const MODULE_DIMENSION = 'Module';

/** The key of a module in the health table; its attributes are those of `HealthItem`. */
export const healthPartition = (moduleName: string): string => `MODULE#${moduleName}`;
export const HEALTH_SORT_KEY = 'HEALTH';

/** A module is unhealthy once so many of its calls in a row have failed; the breaker opens as early. */
export const UNHEALTHY_AFTER = 3;

/** How long the breaker refuses calls before it lets a probe through, in milliseconds. */
export const HALF_OPEN_AFTER_MS = 30_000;

/** What the original LambdaAdapter does unless told otherwise, in milliseconds. */
export const DEFAULT_MAX_RETRIES = 3;
export const DEFAULT_INITIAL_RETRY_DELAY_MS = 500;
export const DEFAULT_MAX_RETRY_DELAY_MS = 30_000;
export const DEFAULT_CONNECTION_TIMEOUT_MS = 10_000;
export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
export const DEFAULT_MODULE_VERSION = '1.0.0';

/** Limits of the same, both ends included. */
export const MAX_RETRIES = { min: 0, max: 20 } as const;
export const RETRY_DELAY_MS = { min: 1, max: 900_000 } as const;
export const CONNECTION_TIMEOUT_MS = { min: 1, max: 900_000 } as const;
export const REQUEST_TIMEOUT_MS = { min: 1, max: 900_000 } as const;

/**
 * The budget of retries is that of the AWS SDKs: a bucket of 500 tokens, of which a retry takes 5, or 10 after a timeout. A
 * success gives back what its last retry took, or 1 where there was none.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const RETRY_BUDGET_TOKENS = 500;
export const RETRY_COST = 5;
export const TIMEOUT_RETRY_COST = 10;
export const FIRST_TRY_REFUND = 1;

/** Names of AWS's errors that are tried again; so are connections that fail and requests that time out. No others. */
export const RETRYABLE_ERRORS: readonly string[] = [
  'ThrottlingException',
  'TooManyRequestsException',
  'ServiceUnavailableException',
  'RequestLimitExceeded',
];

/**
 * Largest payloads of an invocation, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const SYNCHRONOUS_PAYLOAD_MAX_BYTES = 6_291_456;
export const ASYNCHRONOUS_PAYLOAD_MAX_BYTES = 1_048_576;

/** A name of a module: 1 to 128 letters, digits, '_' and '-'. */
export const MODULE_NAME = /^[A-Za-z0-9_-]{1,128}$/;

export const INVOCATION_TYPES = ['RequestResponse', 'Event'] as const;

/** One module that a caller may call. What is left out has the default of the adapter. */
export interface ModuleConfig {
  /** Name, ARN or alias ARN of its function; with `prefix` the rest of its name. */
  readonly function: string;
  /** What the name of the function begins with; not with an ARN. */
  readonly prefix?: string;
  /** Region of the function. @default - that of the ARN, else that of the caller */
  readonly region?: string;
  /** @default 'RequestResponse' */
  readonly invocationType?: (typeof INVOCATION_TYPES)[number];
  /** Version of the module. @default '1.0.0' */
  readonly version?: string;
  /** Scopes that a request must have. @default - none */
  readonly scopes?: readonly string[];
  /** ARN of a role that the adapter assumes to call it. @default - the role of the caller */
  readonly roleArn?: string;
  /** External id that the trust policy of the role asks for. @default - none */
  readonly externalId?: string;
  readonly maxRetries?: number;
  readonly initialRetryDelayMs?: number;
  readonly maxRetryDelayMs?: number;
  readonly connectionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** The value of `ENV_MODULES`. */
export interface ModulesConfig {
  /** By their names. */
  readonly modules: Readonly<Record<string, ModuleConfig>>;
}

/** What the health table holds of a module, beside its key. Times are ISO 8601 in UTC. */
export interface HealthItem {
  readonly totalRequests: number;
  readonly totalFailures: number;
  readonly consecutiveFailures: number;
  readonly lastSuccess?: string;
  readonly lastFailure?: string;
}
