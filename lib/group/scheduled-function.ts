import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { IFunctionGroup } from '../function/function-group-ref';
import type { FunctionOptions } from '../function/function-options';
import { ManagedFunction } from '../function/managed-function';
import { ValidationError } from '../private/errors';
import { Overlap } from '../runs/overlap';
import { ATTEMPT_ATTRIBUTE, SCHEDULE_EVENT_SOURCE, SCHEDULED_TIME_ATTRIBUTE } from '../schedule/constants';
import { toEpochSeconds } from '../schedule/epoch';
import { FunctionTarget } from '../schedule/function-target';
import { Interval } from '../schedule/interval';
import { ScheduleEngine } from '../schedule/schedule-engine';
import type { ScheduleOptions } from '../schedule/schedule-options';
import { scheduleServicesOf } from './schedule-services';

/** How often and how long EventBridge Scheduler tries to start a run before the dead-letter queue gets it. */
const DELIVERY_ATTEMPTS = 10;
const DELIVERY_AGE = Duration.hours(1);

/**
 * Largest input of a schedule, in bytes, less room for the rest of the event.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
 */
const PAYLOAD_MAX_BYTES = 255 * 1024;

/** Properties of a scheduled function: one of `every` and `schedule` is required. */
export interface ScheduledFunctionProps extends FunctionOptions, ScheduleOptions {
  /** Group whose bus, run table, dead-letter queue and ticker the function uses. */
  readonly group: IFunctionGroup;
}

/**
 * A function that runs on a schedule and by default does not overlap itself: the clock starts no run while another that it
 * started is going. It must be in the stack of its group.
 */
export class ScheduledFunction extends ManagedFunction {
  /** What starts the runs: EventBridge Scheduler, or the group's ticker. */
  public readonly engine: ScheduleEngine;

  public constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    const schedule = readSchedule(scope, props);
    super(scope, id, { ...props, overlap: props.overlap ?? Overlap._ofSchedule() });
    if (Stack.of(this) !== Stack.of(props.group)) {
      throw new ValidationError(
        `a scheduled function must be in the stack of its group: the role of its schedule is there, got: ${Stack.of(this).stackName} and ${Stack.of(props.group).stackName}`,
        this,
      );
    }
    this.engine = schedule.engine;
    if (schedule.engine === ScheduleEngine.TICKER) this.startByTicker(props, schedule.interval);
    else this.startByScheduler(props, schedule.expression);
  }

  private startByTicker(props: ScheduledFunctionProps, interval: Interval): void {
    if (props.enabled === false) return;
    scheduleServicesOf(props.group).ticker.addFunction(this, {
      name: this.name,
      interval,
      start: props.start,
      end: props.end,
      payload: props.payload,
      tracked: this.runsTracked,
    });
  }

  private startByScheduler(props: ScheduledFunctionProps, expression: scheduler.ScheduleExpression): void {
    const bytes = Buffer.byteLength(JSON.stringify(props.payload ?? null));
    if (bytes > PAYLOAD_MAX_BYTES) {
      throw new ValidationError(`the payload of a schedule may have ${PAYLOAD_MAX_BYTES} bytes as JSON, got: ${bytes}`, this);
    }
    const { scheduleGroup, schedulerRole } = scheduleServicesOf(props.group);
    const schedule = new scheduler.Schedule(this, 'Schedule', {
      schedule: expression,
      scheduleGroup,
      enabled: props.enabled ?? true,
      start: props.start,
      end: props.end,
      target: new FunctionTarget(this, {
        role: schedulerRole,
        deadLetterQueue: props.group.deadLetterQueue,
        retryAttempts: DELIVERY_ATTEMPTS,
        maxEventAge: DELIVERY_AGE,
        input: scheduler.ScheduleTargetInput.fromObject({
          source: SCHEDULE_EVENT_SOURCE,
          schedule: this.name,
          scheduledTime: SCHEDULED_TIME_ATTRIBUTE,
          attempt: ATTEMPT_ATTRIBUTE,
          payload: props.payload ?? null,
        }),
      }),
    });
    // The CDK writes the group's name as text, from which CloudFormation can't tell that the group comes first.
    schedule.node.addDependency(scheduleGroup);
  }
}

type EngineChoice =
  | { readonly engine: ScheduleEngine.TICKER; readonly interval: Interval }
  | { readonly engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER; readonly expression: scheduler.ScheduleExpression };

function readSchedule(scope: Construct, props: ScheduleOptions): EngineChoice {
  const given = [props.every, props.schedule].filter((value) => value !== undefined).length;
  if (given !== 1) {
    throw new ValidationError(
      `a scheduled function needs either 'every' or 'schedule', got: ${given === 0 ? 'neither' : 'both'}`,
      scope,
    );
  }
  for (const [name, date] of Object.entries({ start: props.start, end: props.end })) {
    if (date && Number.isNaN(date.getTime())) throw new ValidationError(`${name} must be a valid date, got: ${date}`, scope);
  }
  if (props.start && props.end && toEpochSeconds(props.start) >= toEpochSeconds(props.end)) {
    throw new ValidationError(
      `start must come a second or more before end, got: ${props.start.toISOString()} and ${props.end.toISOString()}`,
      scope,
    );
  }
  if (props.schedule) return { engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER, expression: props.schedule };
  const interval = readInterval(scope, props.every as string);
  if (interval.seconds % 60 !== 0) return { engine: ScheduleEngine.TICKER, interval };
  return {
    engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER,
    expression: scheduler.ScheduleExpression.rate(Duration.minutes(interval.seconds / 60)),
  };
}

function readInterval(scope: Construct, every: string): Interval {
  if (Token.isUnresolved(every)) {
    throw new ValidationError(
      "'every' must be known at synth, because it chooses the engine, got: a value that only the deploy knows",
      scope,
    );
  }
  try {
    return Interval.parse(every);
  } catch (error) {
    throw new ValidationError((error as Error).message, scope);
  }
}
