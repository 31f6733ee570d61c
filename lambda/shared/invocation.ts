import type { Context } from 'aws-lambda';
import { DELIVERY_KEY, type Delivery, keyedRunId } from '../../lib/runs/constants';
import { SCHEDULE_EVENT_SOURCE, type ScheduleEvent } from '../../lib/schedule/constants';
import type { RunTrigger } from './run';

/** The run that an event starts. */
export interface Invocation {
  /** The same for all deliveries and attempts of a run. */
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly eventName?: string;
  readonly scheduledTime?: string;
  /** Whether the event carries records, which their source delivers again if the invocation fails. */
  readonly hasRecords: boolean;
  /** Number of the attempt according to the scheduler; 1 if it gives none. */
  readonly deliveryAttempt: number;
  /** The event for the handler, once the number of the attempt is known. */
  readonly eventFor: (attempt: number) => unknown;
}

/**
 * Identifies the run that an event starts. Only the envelope of a delivery identifies a run: an event without one starts a run of
 * its own, even if it is a copy of an event that was delivered.
 *
 * @param now epoch milliseconds, for a scheduler that gives no scheduled time
 */
export function identify(given: unknown, context: Pick<Context, 'awsRequestId'>, now: number): Invocation {
  if (!isDelivery(given)) return directInvocation(context.awsRequestId, given);
  const { [DELIVERY_KEY]: trigger, idempotencyKey, event } = given;
  if (trigger === 'schedule' && isScheduleEvent(event)) return scheduledRun(event, now);
  if (trigger === 'event' && isBusEvent(event)) {
    // An event that is replayed from an archive keeps its id. It must run once per replay.
    const replay = event['replay-name'];
    const runId = typeof replay === 'string' ? `${event.id}@${replay}` : event.id;
    const eventName = event['detail-type'];
    return { runId, trigger, eventName, hasRecords: false, deliveryAttempt: 1, eventFor: () => event };
  }
  const hasKey = trigger === 'invoke' && typeof idempotencyKey === 'string' && idempotencyKey !== '';
  return directInvocation(hasKey ? keyedRunId(idempotencyKey) : context.awsRequestId, event);
}

/** The event for the handler of a function whose runs are not tracked. Deliveries to it have no envelope. */
export function untrackedEvent(given: unknown, now: number): unknown {
  const { eventFor, deliveryAttempt } = isScheduleEvent(given)
    ? scheduledRun(given, now)
    : identify(given, { awsRequestId: '' }, now);
  return eventFor(deliveryAttempt);
}

function directInvocation(runId: string, event: unknown): Invocation {
  return { runId, trigger: 'invoke', hasRecords: carriesRecords(event), deliveryAttempt: 1, eventFor: () => event };
}

function scheduledRun(event: ScheduleEvent, now: number): Invocation {
  const scheduledTime = readTime(event.scheduledTime) ?? startOfMinute(now);
  return {
    runId: scheduledTime,
    trigger: 'schedule',
    scheduledTime,
    hasRecords: false,
    deliveryAttempt: readAttempt(event.attempt),
    eventFor: (attempt) => ({ ...event, scheduledTime, attempt }),
  };
}

function isDelivery(event: unknown): event is Delivery {
  return isObject(event) && typeof event[DELIVERY_KEY] === 'string' && 'event' in event;
}

/**
 * Whether an event comes from a queue, a stream, a topic, a bucket or a broker, alone, in a list, or from a pipe as the list itself;
 * or from a subscription of CloudWatch Logs.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
 */
function carriesRecords(event: unknown): boolean {
  if (isObject(event) && isObject(event.awslogs)) return true;
  const records = isObject(event) ? event.Records : event;
  const first: unknown = Array.isArray(records) ? records[0] : event;
  return isObject(first) && typeof (first.eventSource ?? first.EventSource) === 'string';
}

function isScheduleEvent(event: unknown): event is ScheduleEvent {
  return isObject(event) && event.source === SCHEDULE_EVENT_SOURCE && typeof event.schedule === 'string';
}

function isBusEvent(event: unknown): event is { id: string; 'detail-type': string; 'replay-name'?: unknown } {
  return isObject(event) && typeof event.id === 'string' && event.id !== '' && typeof event['detail-type'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The time in its canonical form, so that two deliveries identify the same run. */
function readTime(text: unknown): string | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function startOfMinute(now: number): string {
  return new Date(now - (now % 60_000)).toISOString();
}

function readAttempt(value: unknown): number {
  const attempt = Number(value);
  return Number.isInteger(attempt) && attempt > 0 ? attempt : 1;
}
