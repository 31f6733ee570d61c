import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** A request as a chat bot makes it of a message. `session_id` is what leads from the log of the caller to that of the module. */
export function requestOf(command: string, args: string[], more: Partial<ExecuteRequest> = {}): ExecuteRequest {
  return {
    command,
    args,
    user_id: 'user_123',
    entity_id: 'entity_456',
    community_id: 'community_789',
    session_id: 'session_abc123',
    platform: 'discord',
    ...more,
  };
}
