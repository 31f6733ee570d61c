import { Cron } from 'croner';

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * When a schedule of EventBridge Scheduler is due next on MiniStack, which reads all times as UTC and looks for due schedules every
 * 10 seconds.
 *
 * @param expression such as `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2027-01-01T00:00:00)`
 * @param created when the schedule was created, in epoch milliseconds: a rate counts from there
 * @param now epoch milliseconds
 * @returns epoch milliseconds; undefined when it is not due any more
 */
export function nextDue(expression: string, created: number, now: number): number | undefined {
  const [, kind = '', text = ''] = /^(rate|cron|at)\((.+)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return nextOfRate(text, created, now);
  if (kind === 'cron') return nextOfCron(text, now);
  const time = kind === 'at' ? Date.parse(`${text}Z`) : Number.NaN;
  return time >= now ? time : undefined;
}

function nextOfRate(text: string, created: number, now: number): number | undefined {
  const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(text) ?? [];
  if (unit === undefined) return undefined;
  const interval = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return created + Math.max(1, Math.ceil((now - created) / interval)) * interval;
}

function nextOfCron(text: string, now: number): number | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) return undefined;
  // AWS takes a start with a step, such as 5/15, where croner takes a range with a step.
  const ends = [59, 23, 31, 12, 7, 2199];
  const converted = fields.map((field, index) => field.replaceAll('?', '*').replace(/(^|,)(\d+)\//g, `$1$2-${ends[index]}/`));
  // croner has seconds in front. On AWS, Sunday is 1.
  const cron = new Cron(['0', ...converted].join(' '), { timezone: 'UTC', mode: '7-part', alternativeWeekdays: true });
  return cron.nextRun(new Date(now))?.getTime();
}
