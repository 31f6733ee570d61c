import { Duration } from 'aws-cdk-lib';
import { INTERVAL_MAX_SECONDS } from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown } from '../private/tokens';

/** Seconds of each unit, largest first. A month is a twelfth and a quarter a fourth of 365 days. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['q', 7_884_000],
  ['M', 2_628_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]);

const RULE =
  "a time string must be whole numbers, each followed by a unit (q for quarter, M for month, w, d, h, m or s), without spaces, such as '30s', '1h30m' or '2w3d5h20m30s'";

/**
 * Duration written as a time string, such as `30s`, `1h30m` or `2w3d5h20m30s`.
 *
 * | unit | meaning | seconds |
 * |------|---------|---------|
 * | `q`  | quarter    | 7,884,000 |
 * | `M`  | month      | 2,628,000 |
 * | `w`  | week       | 604,800 |
 * | `d`  | day        | 86,400 |
 * | `h`  | hour       | 3,600 |
 * | `m`  | minute     | 60 |
 * | `s`  | second     | 1 |
 *
 * Months and quarters have a fixed length (a twelfth and a fourth of 365 days). For the first day of each calendar month, use a
 * cron expression.
 */
export class Interval {
  /**
   * Parses a time string.
   *
   * @param text whole numbers with their units, in any order, each unit at most once: 1 second to 100 years in total
   * @throws ValidationError when the text is not a time string, or is out of range
   */
  public static parse(text: string): Interval {
    requireKnown('a time string', text);
    if (typeof text !== 'string' || !/^(?:[0-9]+[qMwdhms])+$/.test(text)) {
      throw new ValidationError(`${RULE}, got: ${formatValue(text)}`);
    }
    const seen = new Set<string>();
    let seconds = 0;
    for (const [, digits, unit] of text.matchAll(/([0-9]+)([qMwdhms])/g)) {
      if (seen.has(unit)) {
        throw new ValidationError(`a time string must contain the unit '${unit}' at most once, got: ${formatValue(text)}`);
      }
      seen.add(unit);
      seconds += Number(digits) * (UNITS.get(unit) ?? 0);
    }
    if (seconds < 1) {
      throw new ValidationError(`interval must be at least 1 second, got: ${formatValue(text)}`);
    }
    if (seconds > INTERVAL_MAX_SECONDS) {
      throw new ValidationError(
        `interval must be at most 100 years (${INTERVAL_MAX_SECONDS} seconds), got: ${formatValue(text)}`,
      );
    }
    return new Interval(seconds);
  }

  private constructor(
    /** Length in seconds. */
    public readonly seconds: number,
  ) {}

  /** Canonical time string, with the largest units first: `1m30s` for `90s`. */
  public toString(): string {
    let text = '';
    let left = this.seconds;
    for (const [unit, size] of UNITS) {
      const count = Math.floor(left / size);
      if (count > 0) text += `${count}${unit}`;
      left -= count * size;
    }
    return text;
  }

  /** Same length as a CDK duration. */
  public toDuration(): Duration {
    return Duration.seconds(this.seconds);
  }
}
