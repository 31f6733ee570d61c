import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { ENV_EVENT_BUS } from '../../lib/event/constants';
import { EVENT_NAME_MAX_LENGTH, PUT_EVENTS_MAX_BYTES, PUT_EVENTS_MAX_ENTRIES } from '../../lib/limits/constants';
import { ENV_FUNCTION } from '../../lib/runs/constants';
import { formatValue } from '../shared/checks';
import { clientSettings } from '../shared/client-settings';
import { retry } from '../shared/retry/retry';
import type { SdkClient } from '../shared/sdk-client';
import { EmitError, InvalidEventError, type RefusedEvent } from './emit/errors';

const RETRIES = { attempts: 4, firstDelayMs: 100 } as const;
/** Codes of refused entries that are retried. */
const RETRYABLE = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

/** An event to publish. */
export interface EventToEmit {
  /** Event name: 1 to 128 characters. */
  readonly name: string;
  /** Any JSON value. A value that is not an object arrives as `{ value }`. @default null */
  readonly data?: unknown;
}

/** Options of `emit` and `emitAll`. */
export interface EmitOptions {
  /**
   * Name or ARN of the event bus.
   *
   * @default - the event bus of the function's group
   */
  readonly bus?: string;
  /**
   * `source` of the events.
   *
   * @default - the name of the function
   */
  readonly source?: string;
  /** An EventBridge client of SDK v3. @default - created at the first call and reused */
  readonly client?: SdkClient;
}

let sharedClient: SdkClient | undefined;

/**
 * Publishes an event on the event bus of the function's group.
 *
 * @param name event name: 1 to 128 characters
 * @param data any JSON value, at most 1 MB together with the name; a value that is not an object arrives as `{ value }`
 * @returns the event id
 * @throws InvalidEventError before anything is sent, EmitError when EventBridge refuses the event in all attempts
 */
export async function emit(name: string, data?: unknown, options: EmitOptions = {}): Promise<string> {
  const [id] = await emitAll([{ name, data }], options);
  return id as string;
}

/**
 * Publishes events in as few requests as possible: EventBridge allows 10 events and 1 MB for each request.
 *
 * @returns the event ids, in the order of the events
 * @throws InvalidEventError before anything is sent, EmitError with the events that EventBridge refused in all attempts
 */
export async function emitAll(events: readonly EventToEmit[], options: EmitOptions = {}): Promise<string[]> {
  const bus = options.bus ?? process.env[ENV_EVENT_BUS];
  if (!bus) {
    throw new InvalidEventError(
      `emit requires an event bus; call it in a function of a group, which sets ${ENV_EVENT_BUS}, or pass options.bus`,
    );
  }
  const source = options.source ?? process.env[ENV_FUNCTION] ?? 'katamari';
  sharedClient ??= options.client ? undefined : new EventBridgeClient(clientSettings({}));
  const client = options.client ?? (sharedClient as SdkClient);
  const pending = events.map((event, index) => ({ event, index, entry: toEntry(event, bus, source) }));
  const ids: string[] = new Array(events.length);
  const refused: RefusedEvent[] = [];
  let cause: unknown;
  for (const batch of batches(pending)) {
    const outcome = await send(client, batch, ids);
    refused.push(...outcome.refused);
    cause ??= outcome.cause;
  }
  if (refused.length > 0) {
    const [first] = refused as [RefusedEvent];
    throw new EmitError(
      `${refused.length} of ${events.length} events were not published; EventBridge refused '${first.name}' with ${first.code}: ${first.message}`,
      refused,
      { cause },
    );
  }
  return ids;
}

interface PendingEvent {
  readonly event: EventToEmit;
  readonly index: number;
  readonly entry: PutEventsRequestEntry;
}

/** EventBridge refused some entries of a request, and another attempt may help. */
class EntriesRefused extends Error {}

/** Publishes a batch. Sets the ids of the published events, and returns the others. */
async function send(client: SdkClient, batch: readonly PendingEvent[], ids: string[]) {
  const refused: RefusedEvent[] = [];
  let left: readonly { pending: PendingEvent; code?: string; message?: string }[] = batch.map((pending) => ({ pending }));
  let cause: unknown;
  const putEvents = async () => {
    const command = new PutEventsCommand({ Entries: left.map(({ pending }) => pending.entry) });
    const { Entries = [] }: PutEventsCommandOutput = await client.send(command);
    const outcomes = left.map(({ pending }, position) => {
      const { EventId: id, ErrorCode: code = 'Unknown', ErrorMessage: message = '' } = Entries[position] ?? {};
      return { pending, id, code, message };
    });
    for (const { pending, id } of outcomes) if (id) ids[pending.index] = id;
    const failed = outcomes.filter(({ id }) => !id);
    refused.push(...failed.filter(({ code }) => !RETRYABLE.has(code)).map(toRefused));
    left = failed.filter(({ code }) => RETRYABLE.has(code));
    if (left.length > 0) throw new EntriesRefused();
  };
  try {
    // The SDK itself retries requests that fail as a whole.
    await retry(putEvents, { ...RETRIES, isRetryable: (error) => error instanceof EntriesRefused });
  } catch (error) {
    if (!(error instanceof EntriesRefused)) {
      cause = error;
      const { name: code, message } = error as Error;
      left = left.map(({ pending }) => ({ pending, code, message }));
    }
    refused.push(...left.map(toRefused));
  }
  return { refused, cause };
}

function toRefused(outcome: { readonly pending: PendingEvent; readonly code?: string; readonly message?: string }): RefusedEvent {
  const { pending, code = 'Unknown', message = '' } = outcome;
  return { name: pending.event.name, data: pending.event.data, code, message };
}

function toEntry({ name, data }: EventToEmit, bus: string, source: string): PutEventsRequestEntry {
  if (typeof name !== 'string' || name.length < 1 || name.length > EVENT_NAME_MAX_LENGTH) {
    throw new InvalidEventError(`event name must have 1 to ${EVENT_NAME_MAX_LENGTH} characters, got: ${formatValue(name)}`);
  }
  const entry = { EventBusName: bus, Source: source, DetailType: name, Detail: toDetail(name, data) };
  const bytes = entryBytes(entry);
  if (bytes > PUT_EVENTS_MAX_BYTES) {
    throw new InvalidEventError(
      `source, name and data of event '${name}' must have at most ${PUT_EVENTS_MAX_BYTES} bytes, got: ${bytes}; put large data into S3 and emit its key`,
    );
  }
  return entry;
}

/** EventBridge accepts JSON objects only: any other value is wrapped in one. */
function toDetail(name: string, data: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(data === undefined ? null : data);
  } catch (error) {
    cause = error;
  }
  if (json === undefined) {
    const reason = cause instanceof Error ? cause.message : `it is a ${typeof data}`;
    throw new InvalidEventError(`data of event '${name}' must be JSON: ${reason}`, { cause });
  }
  return json.startsWith('{') ? json : `{"value":${json}}`;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
function entryBytes(entry: PutEventsRequestEntry): number {
  return [entry.Source, entry.DetailType, entry.Detail].reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
}

function* batches(pending: readonly PendingEvent[]): Generator<PendingEvent[]> {
  let batch: PendingEvent[] = [];
  let bytes = 0;
  for (const item of pending) {
    const size = entryBytes(item.entry);
    if (batch.length === PUT_EVENTS_MAX_ENTRIES || bytes + size > PUT_EVENTS_MAX_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
