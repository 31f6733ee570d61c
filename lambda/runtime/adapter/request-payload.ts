import { ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES } from '../../../lib/limits/constants';
import { invalid } from '../../shared/checks';
import { InvalidParameterError } from '../../shared/errors';
import { writeJson } from '../../shared/json/write-json';
import type { AdapterInvocationType, ExecutePayload, ExecuteRequest } from './types';

const REQUIRED = ['command', 'user_id', 'entity_id', 'community_id', 'session_id', 'platform'] as const;

/**
 * Converts a request to the payload that the original LambdaAdapter sends. Fields that are left out get a default; null stays
 * null.
 *
 * @throws InvalidParameterError when a required field is missing
 */
export function toExecutePayload(request: ExecuteRequest): ExecutePayload {
  requireFields(request);
  const metadata = request.metadata ?? {};
  const community = metadata.community ?? {};
  const user = metadata.user ?? {};
  const entity = metadata.entity ?? {};
  const args = request.args ?? [];
  const { platform } = request;
  const isEvent = Boolean(metadata.is_event);
  return {
    community: {
      id: request.community_id,
      name: either(community.name, 'Unknown Community'),
      is_subscribed: either(community.is_subscribed, true),
      subscription_order_id: either(community.subscription_order_id, null),
      seat_count: either(community.seat_count, 0),
    },
    trigger: {
      type: isEvent ? 'event' : 'command',
      command: isEvent ? null : request.command,
      context_text: isEvent || args.length === 0 ? null : args.join(' '),
      event_type: isEvent ? either(metadata.event_type, null) : null,
      event_data: isEvent ? either(metadata.event_data, null) : null,
    },
    user: {
      id: request.user_id,
      username: either(user.username, 'unknown'),
      platform,
      platform_user_id: either(user.platform_user_id, request.user_id),
    },
    entity: {
      id: request.entity_id,
      platform,
      platform_entity_id: either(entity.platform_entity_id, request.entity_id),
    },
    request_id: request.session_id,
    timestamp: new Date().toISOString(),
  };
}

function requireFields(request: ExecuteRequest): void {
  const missing = REQUIRED.filter((name) => Object(request)[name] === undefined);
  if (missing.length > 0) {
    throw new InvalidParameterError(`a request must have ${REQUIRED.join(', ')}, missing: ${missing.join(', ')}`, {
      code: 'InvalidParameterError',
    });
  }
  const args: unknown = request.args ?? [];
  if (Array.isArray(args) && args.every((one) => typeof one === 'string')) return;
  throw invalid('args of a request must be a list of strings', args);
}

const either = (given: unknown, otherwise: unknown): unknown => (given === undefined ? otherwise : given);

/** @throws Error when the payload is not a JSON value, or larger than Lambda allows */
export function toBytes(payload: unknown, invocationType: AdapterInvocationType): Uint8Array {
  const json = jsonOf(payload);
  const bytes = Buffer.from(json);
  const max = invocationType === 'Event' ? ASYNCHRONOUS_PAYLOAD_MAX_BYTES : SYNCHRONOUS_PAYLOAD_MAX_BYTES;
  if (bytes.length > max) {
    throw new Error(
      `the payload of an invocation of type ${invocationType} must have at most ${max} bytes, got: ${bytes.length}; put large data into S3 and send its key`,
    );
  }
  return bytes;
}

function jsonOf(payload: unknown): string {
  let json: string | undefined;
  let found: string = typeof payload;
  try {
    json = writeJson(payload);
  } catch (error) {
    found = (error as Error).message;
  }
  if (json === undefined) throw new Error(`the payload of a request must be JSON, got: ${found}`);
  return json;
}
