import { Duration, Token } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { SCHEDULE_PAYLOAD_MAX_BYTES } from '../limits/constants';
import { formatValue, knownJsonBytes, ValidationError } from '../private/errors';
import { toEpochSeconds } from './epoch';
import { Interval } from './interval';
import { gridExpression } from './past-dates';
import { ScheduleEngine } from './schedule-engine';
import type { ScheduleOptions } from './schedule-options';

/** Schedule with the engine that serves it: an interval for the ticker, an expression for EventBridge Scheduler. */
type ScheduleConfig =
  | { readonly engine: ScheduleEngine.TICKER; readonly interval: Interval }
  | { readonly engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER; readonly expression: scheduler.ScheduleExpression };

/**
 * Checks the options of a schedule and chooses its engine.
 *
 * @param name name of the function
 * @internal
 */
export function resolveSchedule(scope: Construct, name: string, options: ScheduleOptions): ScheduleConfig {
  validateDates(scope, options);
  requireJson(scope, name, options.payload);
  const config = chooseEngine(scope, options);
  // The ticker checks the payloads of all its functions together.
  if (config.engine === ScheduleEngine.EVENTBRIDGE_SCHEDULER) validatePayload(scope, options.payload);
  return config;
}

function chooseEngine(scope: Construct, { every, schedule, start }: ScheduleOptions): ScheduleConfig {
  if (every !== undefined && schedule === undefined) return engineOf(parseInterval(scope, every), start);
  if (schedule !== undefined && every === undefined) {
    return { engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER, expression: schedule };
  }
  throw new ValidationError(
    `a scheduled function requires either 'every' or 'schedule', got: ${every === undefined ? 'neither' : 'both'}`,
    scope,
  );
}

function validateDates(scope: Construct, { start, end }: ScheduleOptions): void {
  for (const [name, date] of Object.entries({ start, end })) {
    if (date && Number.isNaN(date.getTime())) throw new ValidationError(`${name} must be a valid date, got: ${date}`, scope);
  }
  if (start && end && toEpochSeconds(start) >= toEpochSeconds(end)) {
    throw new ValidationError(
      `start must be at least 1 second before end, got: ${start.toISOString()} and ${end.toISOString()}`,
      scope,
    );
  }
}

/** The schedule is written when the app synthesizes, where the error would name no construct. */
function requireJson(scope: Construct, name: string, payload: unknown = null): void {
  let reason = '';
  try {
    if (JSON.stringify(payload) !== undefined) return;
  } catch (error) {
    reason = ` (${(error as Error).message.split('\n')[0]})`;
  }
  throw new ValidationError(`payload of '${name}' must be a JSON value${reason}, got: ${formatValue(payload)}`, scope);
}

function validatePayload(scope: Construct, payload: unknown = null): void {
  const bytes = knownJsonBytes(payload);
  if (bytes > SCHEDULE_PAYLOAD_MAX_BYTES) {
    throw new ValidationError(`payload must have at most ${SCHEDULE_PAYLOAD_MAX_BYTES} bytes as JSON, got: ${bytes}`, scope);
  }
}

function parseInterval(scope: Construct, every: string): Interval {
  if (Token.isUnresolved(every)) {
    throw new ValidationError("'every' must be known at synth, because it chooses the engine, got: a token", scope);
  }
  try {
    return Interval.parse(every);
  } catch (error) {
    throw new ValidationError((error as Error).message, scope);
  }
}

/** EventBridge Scheduler knows whole minutes only. */
function engineOf(interval: Interval, start: Date | undefined): ScheduleConfig {
  if (interval.seconds % 60 !== 0) return { engine: ScheduleEngine.TICKER, interval };
  return {
    engine: ScheduleEngine.EVENTBRIDGE_SCHEDULER,
    expression: gridExpression(interval, start) ?? scheduler.ScheduleExpression.rate(Duration.minutes(interval.seconds / 60)),
  };
}
