import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { ATTEMPT_ATTRIBUTE, SCHEDULE_EVENT_SOURCE, SCHEDULED_TIME_ATTRIBUTE } from './constants';
import { FunctionSchedule, type ScheduleResources } from './function-schedule';
import { acceptedDates } from './past-dates';
import type { ScheduleOptions } from './schedule-options';

/** How often and how long EventBridge Scheduler tries to start a run before it sends it to the dead-letter queue. */
const DELIVERY = { retryAttempts: 10, maxEventAge: Duration.hours(1) };

interface RunScheduleProps {
  /** Name of the function within its group. */
  readonly name: string;
  readonly expression: scheduler.ScheduleExpression;
  readonly resources: ScheduleResources;
  readonly options: ScheduleOptions;
}

/**
 * Starts the runs of a function by EventBridge Scheduler.
 *
 * @internal
 */
export function addRunSchedule(fn: lambda.Function, { name, expression, resources, options }: RunScheduleProps): void {
  const { payload = null } = options;
  new FunctionSchedule(fn, 'Schedule', {
    fn,
    expression,
    resources,
    ...acceptedDates(options),
    ...DELIVERY,
    input: scheduler.ScheduleTargetInput.fromObject({
      source: SCHEDULE_EVENT_SOURCE,
      schedule: name,
      scheduledTime: SCHEDULED_TIME_ATTRIBUTE,
      attempt: ATTEMPT_ATTRIBUTE,
      payload,
    }),
  });
}
