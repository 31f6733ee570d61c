import { ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES } from '../../../lib/limits/constants';
import { invalid } from '../../shared/checks';
import { InvalidParameterError } from '../../shared/errors';
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
  if (!Array.isArray(request.args ?? [])) throw invalid('args of a request must be a list', request.args);
}

const either = (given: unknown, otherwise: unknown): unknown => (given === undefined ? otherwise : given);

/** @throws Error when the payload is not a JSON value, or larger than Lambda allows */
export function toBytes(payload: unknown, invocationType: AdapterInvocationType): Uint8Array {
  const json = JSON.stringify(payload) as string | undefined;
  if (json === undefined) throw new Error(`the payload of a request must be JSON, got: ${typeof payload}`);
  const bytes = Buffer.from(json);
  const max = invocationType === 'Event' ? ASYNCHRONOUS_PAYLOAD_MAX_BYTES : SYNCHRONOUS_PAYLOAD_MAX_BYTES;
  if (bytes.length > max) {
    throw new Error(
      `the payload of an invocation of type ${invocationType} must have at most ${max} bytes, got: ${bytes.length}; put large data into S3 and send its key`,
    );
  }
  return bytes;
}
