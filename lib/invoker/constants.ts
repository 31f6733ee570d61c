// Names and values that the adapters of both languages and the invoker construct share. No import of aws-cdk-lib here.

/** Environment variable of a caller: the modules that it may call, as JSON `{ modules: { [name]: ModuleConfig } }`. */
export const ENV_MODULES = 'KATAMARI_MODULES';

/** Environment variable of a caller: name of the table in which callers share the health of modules. */
export const ENV_HEALTH_TABLE = 'KATAMARI_HEALTH_TABLE';

/**
 * Environment variable of a caller: namespace of the health metric. If it is set, adapters log the metric in CloudWatch's
 * embedded metric format after each failed call, and after the first successful call that follows.
 */
export const ENV_HEALTH_NAMESPACE = 'KATAMARI_HEALTH_NAMESPACE';

/** Health metric: the number of consecutive failed calls, in the health table if there is one, otherwise in the process. */
export const CONSECUTIVE_FAILURES_METRIC = 'ConsecutiveFailures';

/** The only dimension of the metric: the module name. */
export const MODULE_DIMENSION = 'Module';

/** Key of a module in the health table. */
export const healthPartition = (moduleName: string): string => `MODULE#${moduleName}`;
export const HEALTH_SORT_KEY = 'HEALTH';

/** Consecutive failed calls after which a module is unhealthy, and the circuit opens. */
export const UNHEALTHY_AFTER = 3;

/** Time for which the open circuit refuses calls before it lets a probe through, in milliseconds. */
export const HALF_OPEN_AFTER_MS = 30_000;

/** Defaults of the original LambdaAdapter. */
export const DEFAULT_MAX_RETRIES = 3;
export const DEFAULT_INITIAL_RETRY_DELAY_MS = 500;
export const DEFAULT_MAX_RETRY_DELAY_MS = 30_000;
export const DEFAULT_CONNECTION_TIMEOUT_MS = 10_000;
export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
export const DEFAULT_MODULE_VERSION = '1.0.0';

/**
 * Retry budget of the AWS SDKs: a bucket of 500 tokens. A retry takes 5 tokens, or 10 after a timeout. A success returns the
 * tokens of its last retry, or 1 token when there was no retry.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const RETRY_BUDGET_TOKENS = 500;
export const RETRY_COST = 5;
export const TIMEOUT_RETRY_COST = 10;
export const FIRST_TRY_REFUND = 1;

/** Names of AWS errors that are retried. Failed connections and timeouts are retried as well, and nothing else. */
export const RETRYABLE_ERRORS: readonly string[] = [
  'ThrottlingException',
  'TooManyRequestsException',
  'ServiceUnavailableException',
  'RequestLimitExceeded',
];

export const INVOCATION_TYPES = ['RequestResponse', 'Event'] as const;

/** A module that a caller may call. Settings that are left out have the default of the adapter. */
export interface ModuleConfig {
  /** Name, ARN or alias ARN of the function. With `prefix`, the name without the prefix. */
  readonly function: string;
  /** Prefix of the function name. Not allowed with an ARN. */
  readonly prefix?: string;
  /** Region of the function. @default - the region of the ARN, otherwise the region of the caller */
  readonly region?: string;
  /** Invocation type. @default 'RequestResponse' */
  readonly invocationType?: (typeof INVOCATION_TYPES)[number];
  /** Version of the module. @default '1.0.0' */
  readonly version?: string;
  /** Scopes that a request must have. @default - none */
  readonly scopes?: readonly string[];
  /** ARN of a role that the adapter assumes to call the function. @default - the role of the caller */
  readonly roleArn?: string;
  /** External id that the trust policy of the role requires. @default - none */
  readonly externalId?: string;
  readonly maxRetries?: number;
  readonly initialRetryDelayMs?: number;
  readonly maxRetryDelayMs?: number;
  readonly connectionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}
