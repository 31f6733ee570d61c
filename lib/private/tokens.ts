import { type Duration, type Size, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { formatValue, requireIntegerBetween, ValidationError } from './errors';

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Units in which AWS takes durations, with their names in the CDK. */
const UNITS = {
  milliseconds: { label: 'millis', read: (duration: Duration) => duration.toMilliseconds({ integral: false }) },
  seconds: { label: 'seconds', read: (duration: Duration) => duration.toSeconds({ integral: false }) },
  minutes: { label: 'minutes', read: (duration: Duration) => duration.toMinutes({ integral: false }) },
} as const;

type Unit = keyof typeof UNITS;

/**
 * Length of a duration, which is a token where the duration is one.
 *
 * @throws when the duration is a token in another unit: CloudFormation cannot convert it
 *
 * @internal
 */
export function lengthOf(what: string, duration: Duration, unit: Unit, scope?: IConstruct): number {
  const { label, read } = UNITS[unit];
  if (duration.isUnresolved() && duration.unitLabel() !== label) {
    throw new ValidationError(
      `${what} must be in ${unit} if it is a token, which CloudFormation cannot convert, got: Duration.${duration.unitLabel()}; use Duration.${label}`,
      scope,
    );
  }
  return read(duration);
}

/**
 * Refuses a duration that is not a whole number of its unit or lies outside the limits. Tokens pass if they have the unit.
 *
 * @internal
 */
export function requireDurationBetween(
  what: string,
  duration: Duration | undefined,
  unit: Unit,
  { min, max }: Limits,
  scope?: IConstruct,
): void {
  if (duration) requireIntegerBetween(`${what} in ${unit}`, lengthOf(what, duration, unit, scope), min, max, scope);
}

/**
 * Refuses a size outside the limits, in MiB. Tokens pass if they have the unit.
 *
 * @internal
 */
export function requireMebibytesBetween(what: string, size: Size | undefined, { min, max }: Limits, scope?: IConstruct): void {
  if (!size) return;
  let mebibytes: number;
  try {
    mebibytes = size.toMebibytes();
  } catch (error) {
    if (!size.isUnresolved()) throw error;
    throw new ValidationError(
      `${what} must be in MiB if it is a token, which CloudFormation cannot convert, got: another unit; use Size.mebibytes`,
      scope,
    );
  }
  requireIntegerBetween(`${what} in MiB`, mebibytes, min, max, scope);
}

/**
 * Refuses a value that contains a token, where the synth itself uses the value: names of files, code and the like.
 *
 * @internal
 */
export function requireKnown(what: string, value: unknown, scope?: IConstruct): void {
  if (containsToken(value)) throw new ValidationError(`${what} must be known at synth, got: ${formatValue(value)}`, scope);
}

/**
 * Refuses options that contain a token, where the synth itself uses them.
 *
 * @param of what the options belong to, such as `a Python source`
 *
 * @internal
 */
export function requireKnownOptions(of: string, options: object): void {
  for (const [name, value] of Object.entries(options)) requireKnown(`${name} of ${of}`, value);
}

/**
 * Bytes of a resolved text that are known at synth. A part that only the deploy knows counts as 0 bytes.
 *
 * @param resolved a value that `Stack.resolve` returned
 *
 * @internal
 */
export function knownBytes(resolved: unknown): number {
  if (typeof resolved === 'string') return Buffer.byteLength(resolved);
  const join = (resolved as { 'Fn::Join'?: [string, unknown] } | undefined)?.['Fn::Join'];
  if (!join || !Array.isArray(join[1])) return 0;
  const [separator, parts] = join;
  return parts.reduce((sum: number, part) => sum + knownBytes(part), 0) + Buffer.byteLength(separator) * (parts.length - 1);
}

function containsToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  if (Array.isArray(value)) return value.some(containsToken);
  if (typeof value !== 'object' || value === null) return false;
  // Classes of the CDK and of this library check their own values.
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).some(([key, part]) => Token.isUnresolved(key) || containsToken(part));
}
