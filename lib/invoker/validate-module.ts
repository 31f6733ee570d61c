import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import {
  CONNECTION_TIMEOUT_MS,
  EXTERNAL_ID,
  MAX_RETRIES,
  MODULE_NAME,
  MODULE_VERSION_MAX_LENGTH,
  REQUEST_TIMEOUT_MS,
  RETRY_DELAY_MS,
} from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { lengthOf, requireDurationBetween } from '../private/tokens';
import { DEFAULT_INITIAL_RETRY_DELAY_MS, DEFAULT_MAX_RETRY_DELAY_MS } from './constants';
import type { AdapterModuleOptions } from './module-options';

/**
 * Refuses a module name that adapters would refuse.
 *
 * @internal
 */
export function validateModuleName(scope: IConstruct, name: string): void {
  if (Token.isUnresolved(name) || !MODULE_NAME.test(name)) {
    throw new ValidationError(
      `a module name must have 1 to 128 letters, digits, '_' and '-' that are known at synth, got: ${formatValue(name)}`,
      scope,
    );
  }
  // The CDK would lose it, because it is not an own property of an object.
  if (name === '__proto__') throw new ValidationError(`a module name must not be '__proto__', got: ${formatValue(name)}`, scope);
}

/**
 * Refuses options that adapters would refuse at their start.
 *
 * @internal
 */
export function validateModule(scope: IConstruct, name: string, options: AdapterModuleOptions): void {
  const { version, scopes, externalId } = options;
  if (version !== undefined && !Token.isUnresolved(version) && (version === '' || version.length > MODULE_VERSION_MAX_LENGTH)) {
    throw new ValidationError(
      `version of module '${name}' must have 1 to ${MODULE_VERSION_MAX_LENGTH} characters, got: ${formatValue(version)}`,
      scope,
    );
  }
  if (scopes?.some((one) => one === '')) {
    throw new ValidationError(
      `scopes of module '${name}' must be non-empty strings, got: ${scopes.map(formatValue).join(', ')}`,
      scope,
    );
  }
  validateRetries(scope, name, options);
  const check = (what: string, duration: Duration | undefined, limits: { readonly min: number; readonly max: number }) =>
    requireDurationBetween(`${what} of module '${name}'`, duration, 'milliseconds', limits, scope);
  check('connectionTimeout', options.connectionTimeout, CONNECTION_TIMEOUT_MS);
  check('requestTimeout', options.requestTimeout, REQUEST_TIMEOUT_MS);
  if (externalId === undefined) return;
  if (!options.assumeRole) {
    throw new ValidationError(`externalId of module '${name}' requires assumeRole, got: ${formatValue(externalId)}`, scope);
  }
  if (!Token.isUnresolved(externalId) && !EXTERNAL_ID.test(externalId)) {
    throw new ValidationError(
      `externalId of module '${name}' must have 2 to 1224 letters, digits and '_+=,.@:/-', got: ${formatValue(externalId)}`,
      scope,
    );
  }
}

function validateRetries(scope: IConstruct, name: string, options: AdapterModuleOptions): void {
  const { maxRetries, initialRetryDelay, maxRetryDelay } = options;
  requireIntegerBetween(`maxRetries of module '${name}'`, maxRetries, MAX_RETRIES.min, MAX_RETRIES.max, scope);
  for (const [what, duration] of Object.entries({ initialRetryDelay, maxRetryDelay })) {
    requireDurationBetween(`${what} of module '${name}'`, duration, 'milliseconds', RETRY_DELAY_MS, scope);
  }
  if (initialRetryDelay?.isUnresolved() || maxRetryDelay?.isUnresolved()) return;
  const first = milliseconds(initialRetryDelay) ?? DEFAULT_INITIAL_RETRY_DELAY_MS;
  const longest = milliseconds(maxRetryDelay) ?? DEFAULT_MAX_RETRY_DELAY_MS;
  if (longest < first) {
    throw new ValidationError(
      `maxRetryDelay of module '${name}' must be at least its initialRetryDelay (${first} ms), got: ${longest} ms`,
      scope,
    );
  }
}

/**
 * Milliseconds of a duration, which may be a token.
 *
 * @internal
 */
export function milliseconds(duration: Duration | undefined): number | undefined {
  return duration && lengthOf('a duration of a module', duration, 'milliseconds');
}
