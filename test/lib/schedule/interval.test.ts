import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Interval } from '../../../lib';

const vectors: { valid: { text: string; seconds: number }[]; invalid: string[] } = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'fixtures', 'time-strings.json'), 'utf8'),
);

test.each(vectors.valid)('$text is $seconds seconds', ({ text, seconds }) => {
  const interval = Interval.parse(text);
  expect(interval.seconds).toBe(seconds);
  expect(interval.toDuration().toSeconds()).toBe(seconds);
  expect(Interval.parse(interval.toString()).seconds).toBe(seconds);
});

test.each(vectors.invalid)('%j is rejected', (text) => {
  expect(() => Interval.parse(text)).toThrow(`got: '${text}'`);
});

test.each([undefined, null, 5, {}])('%p, which is not a string, is rejected', (value) => {
  expect(() => Interval.parse(value as unknown as string)).toThrow(/^a time string must be whole numbers/);
});

test.each([
  [
    '5x',
    "a time string must be whole numbers, each followed by a unit (q for quarter, M for month, w, d, h, m or s), without spaces, such as '30s', '1h30m' or '2w3d5h20m30s', got: '5x'",
  ],
  ['0h0m', "interval must be at least 1 second, got: '0h0m'"],
])('the error for %j says the rule', (text, message) => {
  expect(() => Interval.parse(text)).toThrow(new Error(message));
});

test('a repeated unit is named', () => {
  expect(() => Interval.parse('5m5m')).toThrow("a time string must contain the unit 'm' at most once, got: '5m5m'");
});

test.each([
  ['36500d', 3_153_600_000],
  ['36500d1s', undefined],
])('100 years is the limit: %s', (text, seconds) => {
  if (seconds) expect(Interval.parse(text).seconds).toBe(seconds);
  else expect(() => Interval.parse(text)).toThrow(`interval must be at most 100 years (3153600000 seconds), got: '${text}'`);
});

test.each([
  ['90s', '1m30s'],
  ['60s', '1m'],
  ['30s20m5h3d2w', '2w3d5h20m30s'],
  ['12M', '4q'],
  ['1s', '1s'],
])('%s is %s in canonical form', (text, canonical) => {
  expect(Interval.parse(text).toString()).toBe(canonical);
});

const UNITS = { q: 7_884_000, M: 2_628_000, w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const units = Object.keys(UNITS) as (keyof typeof UNITS)[];

test('any order of units gives their sum, and the canonical form gives it back', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(units, { minLength: 1 }),
      fc.array(fc.nat(50), { minLength: 7, maxLength: 7 }),
      (chosen, counts) => {
        const sum = chosen.reduce((total, unit, index) => total + UNITS[unit] * (counts[index] as number), 0);
        fc.pre(sum > 0);
        const text = chosen.map((unit, index) => `${counts[index]}${unit}`).join('');
        const interval = Interval.parse(text);
        expect(interval.seconds).toBe(sum);
        expect(Interval.parse(interval.toString()).toString()).toBe(interval.toString());
      },
    ),
  );
});

test('no text that is not of the form is read as a number', () => {
  const form = /^(?:[0-9]+[qMwdhms])+$/;
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!form.test(text));
      expect(() => Interval.parse(text)).toThrow('a time string must be');
    }),
  );
});
