/**
 * Converts a date to whole seconds since 1970-01-01T00:00:00Z, rounded down.
 *
 * @internal
 */
export function toEpochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
