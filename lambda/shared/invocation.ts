import type { Context } from 'aws-lambda';
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
 * Identifies the run that an event starts.
 *
 * @param now epoch milliseconds, for a scheduler that gives no scheduled time
 */
export function identify(event: unknown, context: Pick<Context, 'awsRequestId'>, now: number): Invocation {
  if (isScheduleEvent(event)) {
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
  if (isBusEvent(event)) {
    // An event that is replayed from an archive keeps its id. It must run once per replay.
    const replay = event['replay-name'];
    const runId = typeof replay === 'string' ? `${event.id}@${replay}` : event.id;
    const eventName = event['detail-type'];
    return { runId, trigger: 'event', eventName, hasRecords: false, deliveryAttempt: 1, eventFor: () => event };
  }
  const hasRecords = carriesRecords(event);
  return { runId: context.awsRequestId, trigger: 'invoke', hasRecords, deliveryAttempt: 1, eventFor: () => event };
}

/**
 * Whether an event comes from a queue, a stream, a topic, a bucket or a broker: alone, in a list, or from a pipe as the list itself.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
 */
function carriesRecords(event: unknown): boolean {
  const records = isObject(event) ? event.Records : event;
  const first: unknown = Array.isArray(records) ? records[0] : event;
  return isObject(first) && typeof (first.eventSource ?? first.EventSource) === 'string';
}

function isScheduleEvent(event: unknown): event is ScheduleEvent {
  return isObject(event) && event.source === SCHEDULE_EVENT_SOURCE && typeof event.schedule === 'string';
}

function isBusEvent(event: unknown): event is { id: string; 'detail-type': string; 'replay-name'?: unknown } {
  return (
    isObject(event) &&
    typeof event.id === 'string' &&
    event.id !== '' &&
    typeof event['detail-type'] === 'string' &&
    'detail' in event
  );
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
