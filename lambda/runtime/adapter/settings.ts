import {
  DEFAULT_CONNECTION_TIMEOUT_MS,
  DEFAULT_INITIAL_RETRY_DELAY_MS,
  DEFAULT_MAX_RETRIES,
  DEFAULT_MAX_RETRY_DELAY_MS,
  DEFAULT_MODULE_VERSION,
  DEFAULT_REQUEST_TIMEOUT_MS,
  ENV_HEALTH_TABLE,
  HALF_OPEN_AFTER_MS,
  INVOCATION_TYPES,
  RETRYABLE_ERRORS,
  UNHEALTHY_AFTER,
} from '../../../lib/invoker/constants';
import {
  CONNECTION_TIMEOUT_MS,
  EXTERNAL_ID,
  MAX_RETRIES,
  MODULE_NAME,
  REGION,
  REQUEST_TIMEOUT_MS,
  RETRY_DELAY_MS,
  ROLE_ARN,
  TABLE_NAME,
} from '../../../lib/limits/constants';
import { invalid, requireWhole } from '../../shared/checks';
import { defaultRegion } from '../../shared/client-settings';
import { InvalidParameterError } from '../../shared/errors';
import { type FunctionName, parseFunctionName } from '../../shared/function-name';
import type { AdapterBehavior, AdapterInvocationType, AdapterTarget, AssumeRoleOptions } from './types';

/** Settings of an adapter: its options with their defaults, checked. */
export interface AdapterSettings {
  readonly moduleName: string;
  readonly moduleVersion: string;
  /** Name with its prefix, or ARN, with the qualifier. */
  readonly functionName: string;
  readonly region: string;
  readonly invocationType: AdapterInvocationType;
  readonly maxRetries: number;
  readonly initialRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly jitter: 'full' | 'none';
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly retryFunctionErrors: boolean;
  readonly retryable: ReadonlySet<string>;
  readonly retryBudget: boolean;
  readonly breaker?: { readonly failures: number; readonly halfOpenAfterMs: number };
  readonly deadlineMarginMs: number;
  readonly requiredScopes: readonly string[];
  readonly assumeRole?: AssumeRoleOptions;
  readonly healthTable?: string;
  readonly maxSockets: number;
  readonly endpoint?: string;
}

/** Names of options that would put keys into code, where everybody who reads the code has them and nobody rotates them. */
const KEYS = new Set([
  'credentials',
  'accesskeyid',
  'secretaccesskey',
  'sessiontoken',
  'awsaccesskeyid',
  'awssecretaccesskey',
  'awssessiontoken',
]);
const DEADLINE_MARGIN_MS = { min: 0, max: 60_000 } as const;
const MAX_SOCKETS = { min: 1, max: 10_000 } as const;
const BREAKER_FAILURES = { min: 1, max: 1_000 } as const;
const BREAKER_HALF_OPEN_AFTER_MS = { min: 1, max: 3_600_000 } as const;

/** @throws InvalidParameterError when an option breaks its rule */
export function settingsOf(options: AdapterTarget & AdapterBehavior, env: NodeJS.ProcessEnv): AdapterSettings {
  if (typeof options !== 'object' || options === null) throw invalid('the options of an adapter must be an object', options);
  refuseKeys(options);
  const { moduleName, moduleVersion = DEFAULT_MODULE_VERSION, jitter = 'full', invocationType = 'RequestResponse' } = options;
  if (typeof moduleName !== 'string' || !MODULE_NAME.test(moduleName)) {
    throw invalid("moduleName must have 1 to 128 letters, digits, '_' and '-'", moduleName);
  }
  if (typeof moduleVersion !== 'string' || moduleVersion === '') {
    throw invalid('moduleVersion must be a non-empty string', moduleVersion);
  }
  requireOneOf('invocationType', invocationType, INVOCATION_TYPES);
  requireOneOf('jitter', jitter, ['full', 'none']);
  const target = targetOf(options);
  return {
    moduleName,
    moduleVersion,
    functionName: [target.reference, ...(target.qualifier === undefined ? [] : [target.qualifier])].join(':'),
    region: regionOf(options.region, target, env),
    invocationType,
    jitter,
    ...retriesOf(options),
    ...limitsOf(options),
    retryFunctionErrors: flag('retryFunctionErrors', options.retryFunctionErrors, false),
    retryable: new Set([...RETRYABLE_ERRORS, ...stringList('alsoRetry', options.alsoRetry)]),
    retryBudget: flag('retryBudget', options.retryBudget, true),
    breaker: breakerOf(options.breaker),
    requiredScopes: stringList('requiredScopes', options.requiredScopes),
    assumeRole: roleOf(options.assumeRole),
    healthTable: tableOf(options.healthTable, env),
    endpoint: endpointOf(options.endpoint),
  };
}

function refuseKeys(options: object): void {
  const key = Object.keys(options).find((name) => KEYS.has(name.replaceAll('_', '').toLowerCase()));
  if (key === undefined) return;
  throw invalid(
    'credentials must come from the role of the caller, or from assumeRole',
    `${key} in the options`,
    'Remove the keys. The adapter uses the role of the function; to call another account, set assumeRole.',
  );
}

function targetOf({ functionName, functionPrefix = '' }: AdapterTarget): FunctionName {
  if (typeof functionPrefix !== 'string') throw invalid('functionPrefix must be a string', functionPrefix);
  if (functionPrefix === '') return parseFunctionName(functionName);
  if (typeof functionName === 'string' && parseFunctionName(functionName).account !== undefined) {
    throw invalid('functionPrefix requires a function name instead of an ARN', functionName);
  }
  return parseFunctionName(`${functionPrefix}${functionName}`);
}

const REGION_RULE = "region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1'";

function regionOf(given: string | undefined, target: FunctionName, env: NodeJS.ProcessEnv): string {
  const region = given ?? target.region ?? defaultRegion(env);
  if (region === undefined) throw new InvalidParameterError(`${REGION_RULE}, got: none`, { code: 'InvalidParameterError' });
  if (typeof region !== 'string' || !REGION.test(region)) throw invalid(REGION_RULE, region);
  if (target.region && region !== target.region)
    throw invalid(`region must be the region of the ARN, '${target.region}'`, region);
  return region;
}

function retriesOf(options: AdapterBehavior) {
  const {
    maxRetries = DEFAULT_MAX_RETRIES,
    initialRetryDelayMs = DEFAULT_INITIAL_RETRY_DELAY_MS,
    maxRetryDelayMs = DEFAULT_MAX_RETRY_DELAY_MS,
  } = options;
  requireWhole('maxRetries', maxRetries, MAX_RETRIES.min, MAX_RETRIES.max);
  requireWhole('initialRetryDelayMs', initialRetryDelayMs, RETRY_DELAY_MS.min, RETRY_DELAY_MS.max);
  requireWhole('maxRetryDelayMs', maxRetryDelayMs, RETRY_DELAY_MS.min, RETRY_DELAY_MS.max);
  if (maxRetryDelayMs < initialRetryDelayMs) {
    throw invalid(`maxRetryDelayMs must be at least initialRetryDelayMs, ${initialRetryDelayMs}`, maxRetryDelayMs);
  }
  return { maxRetries, initialRetryDelayMs, maxRetryDelayMs };
}

function limitsOf(options: AdapterBehavior) {
  const {
    connectionTimeoutMs = DEFAULT_CONNECTION_TIMEOUT_MS,
    requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS,
    deadlineMarginMs = 500,
    maxSockets = 1_024,
  } = options;
  requireWhole('connectionTimeoutMs', connectionTimeoutMs, CONNECTION_TIMEOUT_MS.min, CONNECTION_TIMEOUT_MS.max);
  requireWhole('requestTimeoutMs', requestTimeoutMs, REQUEST_TIMEOUT_MS.min, REQUEST_TIMEOUT_MS.max);
  requireWhole('deadlineMarginMs', deadlineMarginMs, DEADLINE_MARGIN_MS.min, DEADLINE_MARGIN_MS.max);
  requireWhole('maxSockets', maxSockets, MAX_SOCKETS.min, MAX_SOCKETS.max);
  return { connectionTimeoutMs, requestTimeoutMs, deadlineMarginMs, maxSockets };
}

function breakerOf(breaker: AdapterBehavior['breaker'] = {}): AdapterSettings['breaker'] {
  if (breaker === false) return undefined;
  if (typeof breaker !== 'object' || breaker === null) throw invalid('breaker must be an object or false', breaker);
  const { failures = UNHEALTHY_AFTER, halfOpenAfterMs = HALF_OPEN_AFTER_MS } = breaker;
  requireWhole('breaker.failures', failures, BREAKER_FAILURES.min, BREAKER_FAILURES.max);
  requireWhole('breaker.halfOpenAfterMs', halfOpenAfterMs, BREAKER_HALF_OPEN_AFTER_MS.min, BREAKER_HALF_OPEN_AFTER_MS.max);
  return { failures, halfOpenAfterMs };
}

function roleOf(role: AssumeRoleOptions | undefined): AssumeRoleOptions | undefined {
  if (role === undefined) return undefined;
  const { roleArn, externalId } = Object(role) as Partial<AssumeRoleOptions>;
  if (typeof roleArn !== 'string' || !ROLE_ARN.test(roleArn))
    throw invalid('assumeRole.roleArn must be the ARN of an IAM role', roleArn);
  if (externalId !== undefined && (typeof externalId !== 'string' || !EXTERNAL_ID.test(externalId))) {
    throw invalid("assumeRole.externalId must have 2 to 1224 letters, digits and '_+=,.@:/-'", externalId);
  }
  return { roleArn, externalId };
}

function tableOf(given: string | false | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const table = given ?? env[ENV_HEALTH_TABLE];
  if (table === false || table === undefined) return undefined;
  if (typeof table !== 'string' || !TABLE_NAME.test(table)) {
    throw invalid("healthTable must be a table name of 3 to 255 letters, digits and '_.-', or false", table);
  }
  return table;
}

function endpointOf(endpoint: string | undefined): string | undefined {
  if (endpoint !== undefined && (typeof endpoint !== 'string' || !/^https?:\/\/\S+$/.test(endpoint))) {
    throw invalid('endpoint must be an http or https URL', endpoint);
  }
  return endpoint;
}

function requireOneOf(what: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  throw invalid(`${what} must be ${allowed.map((one) => `'${one}'`).join(' or ')}`, value);
}

function flag(what: string, value: boolean | undefined, otherwise: boolean): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(`${what} must be true or false`, value);
  return value ?? otherwise;
}

function stringList(what: string, value: readonly string[] = []): readonly string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string' || one === '')) {
    throw invalid(`${what} must be a list of non-empty strings`, value);
  }
  return [...value];
}
