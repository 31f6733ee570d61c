import type { Context } from 'aws-lambda';
import { CORRELATION_HEADER, CORRELATION_ID, CORRELATION_KEYS } from '../../lib/runs/constants';

/**
 * The id that connects a run to what its caller did: from the client context of the invocation, a header of the request, the
 * detail of the event, or the payload. The adapter sends `request_id`.
 */
export function correlationIdOf(event: unknown, context: Pick<Context, 'clientContext'>): string | undefined {
  const client = field(context, 'clientContext');
  const given = [
    ...CORRELATION_KEYS.map((key) => field(field(client, 'custom') ?? field(client, 'Custom'), key)),
    headerOf(field(event, 'headers')),
    ...CORRELATION_KEYS.map((key) => field(field(event, 'detail'), key)),
    ...CORRELATION_KEYS.map((key) => field(event, key)),
  ];
  return given.find((value): value is string => typeof value === 'string' && CORRELATION_ID.test(value));
}

function headerOf(headers: unknown): unknown {
  const name = Object.keys(Object(headers)).find((key) => key.toLowerCase() === CORRELATION_HEADER);
  return name && field(headers, name);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
