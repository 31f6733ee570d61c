import picocolors from 'picocolors';
import {
  colorState,
  describeError,
  describeTrigger,
  formatBytes,
  formatDuration,
  formatFields,
  formatTable,
  formatTime,
} from '../../../cli/shared/format';
import type { RunRecord } from '../../../client';

const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);
const run = (more: Partial<RunRecord>): RunRecord => ({
  function: 'Beat',
  runId: 'r',
  state: 'Completed',
  trigger: 'invoke',
  attempt: 1,
  ...more,
});

test.each([
  [0, '0 ms'],
  [12.4, '12 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [1_449, '1.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_599_000, '59 min 59 s'],
  [3_600_000, '1 h 0 min'],
  [12_000_000, '3 h 20 min'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('a time of today is shown without a date, and other times with a date', () => {
  const now = new Date(2026, 4, 17, 13, 5, 9).getTime();
  expect(formatTime(now, now)).toBe('13:05:09');
  expect(formatTime(new Date(2026, 4, 16, 23, 59, 59).toISOString(), now)).toBe('2026-05-16 23:59:59');
  expect(formatTime(undefined, now)).toBe('');
});

test.each([
  [{ trigger: 'invoke' }, 'invoke'],
  [{ trigger: 'event', eventName: 'order.created' }, 'event order.created'],
  [{ trigger: 'event' }, 'event'],
  [{ trigger: 'schedule' }, 'schedule'],
] as const)('the trigger of %j is %s', (more, text) => {
  expect(describeTrigger(run(more))).toBe(text);
});

test('the trigger of a scheduled run includes its scheduled time', () => {
  const point = new Date(2026, 4, 17, 13, 5, 0);
  expect(describeTrigger(run({ trigger: 'schedule', scheduledTime: point.toISOString() }), point.getTime())).toBe(
    'schedule 13:05:00',
  );
});

test.each([
  [{}, null],
  [{ errorType: 'OutOfStock', errorMessage: 'nothing left' }, 'OutOfStock: nothing left'],
  [{ errorType: 'OutOfStock', errorMessage: '' }, 'OutOfStock'],
  [{ errorMessage: 'nothing left' }, 'nothing left'],
])('the error of %j is %j', (error, text) => {
  expect(describeError(error)).toBe(text);
});

test('each state has its own colour', () => {
  const states = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'] as const;
  const texts = states.map((state) => colorState(state, 'x', coloured));
  expect(new Set(texts).size).toBe(states.length);
  expect(colorState('Failed', 'x', plain)).toBe('x');
});

describe('a table', () => {
  const columns = [
    { title: 'NAME', text: (row: string[]) => row[0] ?? '' },
    { title: 'ERROR', text: (row: string[]) => row[1] ?? '', paint: coloured.red },
  ];
  const rows = [
    ['Beat', ''],
    ['PullRssData', 'Error: a message\nof two lines that is long'],
  ];

  test('has columns as wide as their widest text, and one line per row', () => {
    const plainColumns = columns.map(({ title, text }) => ({ title, text }));
    expect(formatTable(rows, plainColumns, 100, plain)).toEqual([
      'NAME         ERROR',
      'Beat',
      'PullRssData  Error: a message of two lines that is long',
    ]);
  });

  test('cuts the last column to the width of the terminal, without counting colour codes', () => {
    const [, , line] = formatTable(rows, columns, 40, coloured);
    expect(line).toBe(`PullRssData  ${coloured.red(`${'Error: a message of two lines that is long'.slice(0, 26)}…`)}`);
  });

  test('does not cut the last column if the output is not a terminal', () => {
    expect(formatTable(rows, columns, Number.POSITIVE_INFINITY, plain)[2]).toContain('that is long');
  });
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1 KB'],
  [1_536, '1.5 KB'],
  [102_348, '99.9 KB'],
  [102_400, '100 KB'],
  [1_048_063, '1023 KB'],
  [1_048_064, '1 MB'],
  [262_144_000, '250 MB'],
  [80_530_636_800, '75 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('fields are shown one below the other, without those that have no value', () => {
  expect(
    formatFields(
      [
        ['a', '1'],
        ['longer', undefined],
        ['none', ''],
        ['two', '2'],
      ],
      plain,
    ),
  ).toEqual(['a    1', 'two  2']);
});
