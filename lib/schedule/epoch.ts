/**
 * A date as whole seconds since 1970-01-01T00:00:00Z, fractions cut off.
 *
 * @internal
 */
export function toEpochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
