import { Duration, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { DELIVERY_KEY, type Delivery } from '../runs/constants';
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
  /** Whether the runs of the function are tracked. */
  readonly tracked: boolean;
}

/**
 * Starts the runs of a function by EventBridge Scheduler.
 *
 * @internal
 */
export function addRunSchedule(fn: lambda.Function, { name, expression, resources, options, tracked }: RunScheduleProps): void {
  const { payload = null } = options;
  const event = {
    source: SCHEDULE_EVENT_SOURCE,
    schedule: name,
    scheduledTime: SCHEDULED_TIME_ATTRIBUTE,
    attempt: ATTEMPT_ATTRIBUTE,
    payload,
  };
  const delivery: Delivery = { [DELIVERY_KEY]: 'schedule', event };
  new FunctionSchedule(fn, 'Schedule', {
    fn,
    expression,
    resources,
    ...acceptedDates(options),
    ...DELIVERY,
    // The CDK's own JSON writes tokens of numbers as text.
    input: scheduler.ScheduleTargetInput.fromText(Stack.of(fn).toJsonString(tracked ? delivery : event)),
  });
}
