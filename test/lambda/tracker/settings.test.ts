import { readSettings } from '../../../lambda/tracker/settings';

const env = { KATAMARI_RUN_TABLE: 'runs', KATAMARI_FUNCTION: 'Job' };
const settings = { tableName: 'runs', functionName: 'Job', retentionDays: 30, overlapOfSchedule: false, local: false };

test.each([
  ['the required variables', {}, {}],
  ['a limit', { KATAMARI_OVERLAP_LIMIT: '3' }, { overlapLimit: 3 }],
  [
    'a limit of what the clock starts',
    { KATAMARI_OVERLAP_LIMIT: '1', KATAMARI_OVERLAP_SCOPE: 'schedule' },
    { overlapLimit: 1, overlapOfSchedule: true },
  ],
  ['another scope', { KATAMARI_OVERLAP_LIMIT: '1', KATAMARI_OVERLAP_SCOPE: 'all' }, { overlapLimit: 1 }],
  ['how long records are kept', { KATAMARI_RUN_RETENTION_DAYS: '7' }, { retentionDays: 7 }],
  ['the user’s own machine', { KATAMARI_LOCAL: 'true' }, { local: true }],
])('of a function with %s', (_name, more, expected) => {
  expect(readSettings({ ...env, ...more })).toEqual({ overlapLimit: undefined, ...settings, ...expected });
});

test('of an untracked function are undefined', () => {
  expect(readSettings({ KATAMARI_FUNCTION: 'Job' })).toBeUndefined();
});
