import { invalid, requireWhole } from '../../lambda/shared/checks';
import {
  DESCRIPTION_MAX_LENGTH,
  ENVIRONMENT_MAX_BYTES,
  ENVIRONMENT_VARIABLE_NAME,
  EPHEMERAL_STORAGE_MIB,
  FUNCTION_MAX_LAYERS,
  FUNCTION_MEMORY_MIB,
  FUNCTION_TIMEOUT_SECONDS,
} from '../../lib/limits/constants';
import type { FunctionSettings } from './types';

/** @throws InvalidParameterError when a setting exceeds a limit of Lambda */
export function requireSettings(settings: FunctionSettings): void {
  const { memorySize, timeout, ephemeralStorageSize, description, environment, layers } = settings;
  requireWhole('memorySize in MiB', memorySize, FUNCTION_MEMORY_MIB.min, FUNCTION_MEMORY_MIB.max);
  requireWhole('timeout in seconds', timeout, FUNCTION_TIMEOUT_SECONDS.min, FUNCTION_TIMEOUT_SECONDS.max);
  requireWhole('ephemeralStorageSize in MiB', ephemeralStorageSize, EPHEMERAL_STORAGE_MIB.min, EPHEMERAL_STORAGE_MIB.max);
  if (description !== undefined && description.length > DESCRIPTION_MAX_LENGTH) {
    throw invalid(`description must have at most ${DESCRIPTION_MAX_LENGTH} characters`, description.length);
  }
  if (environment) requireEnvironment(environment);
  if (layers) requireLayers(layers);
}

/** @throws InvalidParameterError when a function can't have that many layers */
export function requireLayers(layers: readonly string[]): void {
  if (layers.length <= FUNCTION_MAX_LAYERS) return;
  throw invalid(`a function must have at most ${FUNCTION_MAX_LAYERS} layers`, layers.length);
}

function requireEnvironment(environment: Readonly<Record<string, string>>): void {
  const name = Object.keys(environment).find((key) => !ENVIRONMENT_VARIABLE_NAME.test(key));
  if (name !== undefined) {
    throw invalid(
      "the name of an environment variable must start with a letter and have 2 or more letters, digits and '_'",
      name,
    );
  }
  const bytes = Object.entries(environment).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (bytes > ENVIRONMENT_MAX_BYTES) {
    throw invalid(
      `the environment of a function must have at most ${ENVIRONMENT_MAX_BYTES} bytes, names and values together`,
      bytes,
      'Store large values in Parameter Store, Secrets Manager or S3, and pass their names to the function.',
    );
  }
}
