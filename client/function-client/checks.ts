import { invalid, requireWhole } from '../../lambda/shared/checks';
import { PayloadTooLargeError } from './errors';

/** Most bytes of a zip in a request. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ZIP_MAX_BYTES = 52_428_800;
/** Most layers of a function. */
export const LAYERS_MAX = 5;
/** Most bytes of all environment variables. */
const ENVIRONMENT_MAX_BYTES = 4_096;
const DESCRIPTION_MAX = 256;

/** @throws InvalidParameterError when a setting is outside the limits of Lambda */
export function requireSettings(settings: {
  readonly memorySize?: number;
  readonly timeout?: number;
  readonly ephemeralStorageSize?: number;
  readonly description?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly layers?: readonly string[];
}): void {
  requireWhole('memorySize in MiB', settings.memorySize, 128, 10_240);
  requireWhole('timeout in seconds', settings.timeout, 1, 900);
  requireWhole('ephemeralStorageSize in MiB', settings.ephemeralStorageSize, 512, 10_240);
  if ((settings.description?.length ?? 0) > DESCRIPTION_MAX) {
    throw invalid(`description must have at most ${DESCRIPTION_MAX} characters`, `${settings.description?.length} of them`);
  }
  if (settings.environment) requireEnvironment(settings.environment);
  if (settings.layers && settings.layers.length > LAYERS_MAX) {
    throw invalid(`a function must have at most ${LAYERS_MAX} layers`, settings.layers.length);
  }
}

function requireEnvironment(environment: Readonly<Record<string, string>>): void {
  const name = Object.keys(environment).find((key) => !/^[a-zA-Z]\w+$/.test(key));
  if (name !== undefined) {
    throw invalid(
      "the name of an environment variable must begin with a letter and have 2 or more letters, digits and '_'",
      name,
    );
  }
  const bytes = Object.entries(environment).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (bytes > ENVIRONMENT_MAX_BYTES) {
    throw invalid(
      `the environment of a function must have at most ${ENVIRONMENT_MAX_BYTES} bytes, names and values together`,
      bytes,
      'Put large values into Parameter Store, Secrets Manager or S3, and give the function their names.',
    );
  }
}

/** @throws PayloadTooLargeError when there are more bytes than Lambda takes */
export function requireBytes(what: string, bytes: number, max: number, remedy: string): void {
  if (bytes <= max) return;
  throw new PayloadTooLargeError(`${what} must have at most ${max} bytes, got: ${bytes}`, {
    code: 'PayloadTooLargeError',
    remedy,
  });
}
