import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { IFunctionGroup } from '../function/function-group-ref';
import type { FunctionOptions } from '../function/function-options';
import { ManagedFunction } from '../function/managed-function';
import { requireDeliverable } from '../private/delivery-rules';
import { ValidationError } from '../private/errors';
import { Overlap } from '../runs/overlap';
import { addRunSchedule } from '../schedule/run-schedule';
import { resolveSchedule } from '../schedule/schedule-config';
import { ScheduleEngine } from '../schedule/schedule-engine';
import type { ScheduleOptions } from '../schedule/schedule-options';
import type { IScheduledFunctionGroup } from './scheduled-function-group-ref';

/** Properties of a scheduled function. Either `every` or `schedule` is required. */
export interface ScheduledFunctionProps extends FunctionOptions, ScheduleOptions {
  /** Group whose bus, run table, dead-letter queue and ticker the function uses. */
  readonly group: IScheduledFunctionGroup;
}

/**
 * Function that runs on a schedule. By default the schedule skips a run while an earlier scheduled run is in progress. The function
 * must be in the stack of its group.
 */
export class ScheduledFunction extends ManagedFunction {
  /** Service that starts the runs: EventBridge Scheduler or the group's ticker. */
  public readonly engine: ScheduleEngine;

  /**
   * @throws when the schedule is not valid, or the function is not in the stack of its group
   */
  public constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    const { every, schedule: expression, start, end, enabled = true, payload, ...options } = props;
    const schedule = resolveSchedule(scope, props);
    const { group } = props;
    requireSameStack(scope, group);
    requireDeliverable(scope, props.name ?? id, `'${every === undefined ? 'schedule' : 'every'}'`, props);
    super(scope, id, { ...options, overlap: props.overlap ?? Overlap._scheduleDefault() });
    this.engine = schedule.engine;
    if (schedule.engine === ScheduleEngine.EVENTBRIDGE_SCHEDULER) {
      addRunSchedule(this, {
        name: this.name,
        expression: schedule.expression,
        resources: group,
        options: props,
        tracked: this.runsTracked,
      });
    } else if (enabled) {
      const { interval } = schedule;
      group.ticker.addFunction(this, { name: this.name, interval, start, end, payload, tracked: this.runsTracked });
    }
  }
}

/** A role of another stack would make the two stacks depend on each other. */
function requireSameStack(scope: Construct, group: IFunctionGroup): void {
  const [own, others] = [Stack.of(scope), Stack.of(group)];
  if (own === others) return;
  throw new ValidationError(
    `a scheduled function must be in the stack of its group, which has the role of its schedule, got: ${own.stackName} and ${others.stackName}`,
    scope,
  );
}
