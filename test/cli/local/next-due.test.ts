import { nextDue } from '../../../cli/local/next-due';

const NOW = Date.parse('2026-11-25T20:00:30Z');
const CREATED = Date.parse('2026-11-25T19:58:10Z');

test.each([
  ['rate(1 minute)', '2026-11-25T20:01:10.000Z'],
  ['rate(5 minutes)', '2026-11-25T20:03:10.000Z'],
  ['rate(2 hours)', '2026-11-25T21:58:10.000Z'],
  ['cron(0 3 * * ? *)', '2026-11-26T03:00:00.000Z'],
  ['cron(5/15 * * * ? *)', '2026-11-25T20:05:00.000Z'],
  ['cron(0 8 ? * 2-6 *)', '2026-11-26T08:00:00.000Z'],
  ['cron(0 8 ? * SUN *)', '2026-11-29T08:00:00.000Z'],
  ['cron(0 8 L * ? *)', '2026-11-30T08:00:00.000Z'],
  ['cron(0 8 ? * 6L *)', '2026-11-27T08:00:00.000Z'],
  ['cron(0 8 ? * 2#1 *)', '2026-12-07T08:00:00.000Z'],
  ['cron(0 8 1 1 ? 2028)', '2028-01-01T08:00:00.000Z'],
  ['cron(0 8 1 1 ? 2025)', undefined],
  ['at(2027-01-01T00:00:00)', '2027-01-01T00:00:00.000Z'],
  ['at(2025-01-01T00:00:00)', undefined],
  ['every now and then', undefined],
])('%s is due next at %s', (expression, expected) => {
  const due = nextDue(expression, CREATED, NOW);
  expect(due && new Date(due).toISOString()).toBe(expected);
});

test('a rate that was just created is due after one interval', () => {
  expect(nextDue('rate(1 minute)', NOW, NOW)).toBe(NOW + 60_000);
});
