import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { ENV_EVENT_BUS, EVENT_NAME_MAX_LENGTH, PUT_EVENTS_MAX_BYTES, PUT_EVENTS_MAX_ENTRIES } from '../../lib/event/constants';
import { ENV_FUNCTION } from '../../lib/runs/constants';
import type { SdkClient } from '../shared/sdk-client';
import { EmitError, InvalidEventError, type RefusedEvent } from './emit/errors';

const TRIES = 4;
const FIRST_DELAY_MS = 50;
/** Codes of a refused entry for which another try may help. */
const RETRYABLE = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

/** An event to publish. */
export interface EventToEmit {
  /** Name of the event: 1 to 128 characters. */
  readonly name: string;
  /** Any JSON value. One that is not an object arrives as the `value` of one. */
  readonly data?: unknown;
}

/** What publishing works with; all of it has a default. */
export interface EmitOptions {
  /**
   * Name or ARN of the bus.
   *
   * @default - the bus of the function's group
   */
  readonly bus?: string;
  /**
   * `source` of the events.
   *
   * @default - name of the function
   */
  readonly source?: string;
  /** An EventBridge client of SDK v3. @default - one that is made at the first call and kept */
  readonly client?: SdkClient;
}

let sharedClient: SdkClient | undefined;

/**
 * Publishes an event on the bus of the function's group.
 *
 * @param name name of the event: 1 to 128 characters
 * @param data any JSON value, with its name at most 1 MB; one that is not an object arrives as the `value` of one
 * @returns the id of the event
 * @throws InvalidEventError before anything is sent, EmitError when EventBridge refuses it in every try
 */
export async function emit(name: string, data?: unknown, options: EmitOptions = {}): Promise<string> {
  const [id] = await emitAll([{ name, data }], options);
  return id as string;
}

/**
 * Publishes events, in as few calls as the limits of EventBridge allow: 10 events and 1 MB each.
 *
 * @returns the ids of the events, in their order
 * @throws InvalidEventError before anything is sent, EmitError with those that EventBridge refused in every try
 */
export async function emitAll(events: readonly EventToEmit[], options: EmitOptions = {}): Promise<string[]> {
  const bus = options.bus ?? process.env[ENV_EVENT_BUS];
  if (!bus) {
    throw new InvalidEventError(
      `emit needs a bus: ${ENV_EVENT_BUS} is set in the functions of a group, elsewhere give options.bus`,
    );
  }
  const source = options.source ?? process.env[ENV_FUNCTION] ?? 'katamari';
  sharedClient ??= options.client ? undefined : new EventBridgeClient({});
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
      `${refused.length} of ${events.length} events were not published, '${first.name}' for ${first.code}: ${first.message}`,
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

async function send(client: SdkClient, batch: readonly PendingEvent[], ids: string[]) {
  let left = batch;
  let refused: RefusedEvent[] = [];
  for (let tried = 1; left.length > 0; tried++) {
    let entries: readonly { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[];
    try {
      ({ Entries: entries = [] } = await client.send(new PutEventsCommand({ Entries: left.map(({ entry }) => entry) })));
    } catch (cause) {
      // The SDK has tried again already.
      const { name, message } = cause as Error;
      return {
        refused: [...refused, ...left.map(({ event }) => ({ name: event.name, data: event.data, code: name, message }))],
        cause,
      };
    }
    const again: PendingEvent[] = [];
    left.forEach((pending, position) => {
      const { EventId, ErrorCode, ErrorMessage } = entries[position] ?? {};
      if (EventId) ids[pending.index] = EventId;
      else if (RETRYABLE.has(ErrorCode ?? '') && tried < TRIES) again.push(pending);
      else
        refused = [
          ...refused,
          { name: pending.event.name, data: pending.event.data, code: ErrorCode ?? 'Unknown', message: ErrorMessage ?? '' },
        ];
    });
    left = again;
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * FIRST_DELAY_MS * 2 ** tried));
  }
  return { refused, cause: undefined };
}

function toEntry({ name, data }: EventToEmit, bus: string, source: string): PutEventsRequestEntry {
  if (typeof name !== 'string' || name.length < 1 || name.length > EVENT_NAME_MAX_LENGTH) {
    throw new InvalidEventError(
      `the name of an event must have 1 to ${EVENT_NAME_MAX_LENGTH} characters, got: ${JSON.stringify(name)}`,
    );
  }
  const entry = { EventBusName: bus, Source: source, DetailType: name, Detail: toDetail(name, data) };
  const bytes = entryBytes(entry);
  if (bytes > PUT_EVENTS_MAX_BYTES) {
    throw new InvalidEventError(
      `an event may have ${PUT_EVENTS_MAX_BYTES} bytes, source, name and data together, '${name}' has: ${bytes}; put large data into S3 and emit its key`,
    );
  }
  return entry;
}

/** EventBridge takes a JSON object only; anything else travels inside one. */
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
    throw new InvalidEventError(`the data of an event must be JSON, that of '${name}' is not: ${reason}`, { cause });
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
