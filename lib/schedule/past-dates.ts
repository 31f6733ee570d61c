import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Interval } from './interval';
import type { ScheduleOptions } from './schedule-options';

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const WEEK_DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Whether a date is past at synth. EventBridge Scheduler refuses a schedule that starts or ends in the past. */
function isPast(date: Date | undefined): date is Date {
  return date !== undefined && date.getTime() <= Date.now();
}

/**
 * The dates of a schedule as EventBridge Scheduler accepts them: a start in the past has no effect any more, and a schedule whose
 * end is past starts no runs.
 *
 * @internal
 */
export function acceptedDates(options: ScheduleOptions): Pick<ScheduleOptions, 'start' | 'end' | 'enabled'> {
  const { start, end, enabled = true } = options;
  return {
    start: isPast(start) ? undefined : start,
    end: isPast(end) ? undefined : end,
    enabled: enabled && !isPast(end),
  };
}

/**
 * Expression for an interval whose grid starts at a date in the past. A rate would count from the deployment instead, so the
 * points are written as a cron expression.
 *
 * @returns undefined when the start is not past, or no cron expression has these points
 * @internal
 */
export function gridExpression(interval: Interval, start: Date | undefined): scheduler.ScheduleExpression | undefined {
  const minutes = interval.seconds / 60;
  if (!isPast(start)) return undefined;
  const minute = start.getUTCMinutes();
  const hour = start.getUTCHours();
  if (HOUR_MINUTES % minutes === 0)
    return scheduler.ScheduleExpression.cron({ minute: stepsFrom(minute, minutes, HOUR_MINUTES), hour: '*' });
  const hours = minutes / HOUR_MINUTES;
  if (DAY_MINUTES % minutes === 0 && Number.isInteger(hours)) {
    return scheduler.ScheduleExpression.cron({ minute: String(minute), hour: stepsFrom(hour, hours, 24) });
  }
  if (minutes !== WEEK_MINUTES) return undefined;
  return scheduler.ScheduleExpression.cron({
    minute: String(minute),
    hour: String(hour),
    weekDay: WEEK_DAYS[start.getUTCDay()] as string,
  });
}

/** A field of a cron expression that has every `step`th value, one of which is `value`. */
function stepsFrom(value: number, step: number, count: number): string {
  if (step === 1) return '*';
  return step === count ? String(value) : `${value % step}/${step}`;
}
