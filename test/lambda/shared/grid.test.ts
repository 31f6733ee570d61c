import fc from 'fast-check';
import { gridPoints, gridRange } from '../../../lambda/shared/grid';

const epoch = fc.integer({ min: 1_700_000_000, max: 1_700_100_000 });
const grid = fc.record({
  intervalSeconds: fc.integer({ min: 1, max: 5_000 }),
  anchor: fc.oneof(fc.constant(0), epoch),
  start: fc.option(epoch, { nil: undefined }),
  end: fc.option(epoch, { nil: undefined }),
});

test('the points of a grid are exactly the points of its definition', () => {
  fc.assert(
    fc.property(grid, epoch, fc.integer({ min: 0, max: 5_000_000 }), fc.nat(999), (given, fromSeconds, length, ms) => {
      const from = fromSeconds * 1000 + ms;
      const to = from + length;
      const expected: number[] = [];
      for (let second = Math.ceil(from / 1000); second * 1000 < to; second++) {
        const onGrid = (second - given.anchor) % given.intervalSeconds === 0;
        if (onGrid && second >= (given.start ?? 0) && second <= (given.end ?? Number.POSITIVE_INFINITY)) {
          expected.push(second * 1000);
        }
      }
      expect(gridPoints(given, from, to)).toEqual(expected);
      expect(gridRange(given, from, to).count).toBe(expected.length);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['begins at its first moment, which is a point', { intervalSeconds: 10, anchor: 0 }, 20_000, 40_000, [20_000, 30_000]],
  ['ends before its last moment', { intervalSeconds: 10, anchor: 0 }, 20_001, 40_001, [30_000, 40_000]],
  [
    'counts from its anchor, also backwards',
    { intervalSeconds: 10, anchor: 105 },
    80_000,
    120_000,
    [85_000, 95_000, 105_000, 115_000],
  ],
  ['has its start and its end', { intervalSeconds: 10, anchor: 0, start: 30, end: 50 }, 0, 100_000, [30_000, 40_000, 50_000]],
  ['may be empty', { intervalSeconds: 10, anchor: 0, start: 60, end: 50 }, 0, 100_000, []],
  ['may lie before its range', { intervalSeconds: 10, anchor: 0 }, 50_000, 10_000, []],
])('a grid %s', (_name, given, from, to, points) => {
  expect(gridPoints(given, from, to)).toEqual(points);
});
