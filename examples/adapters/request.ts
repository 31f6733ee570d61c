import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** Creates a request as a chat bot does for a message. Find its logs in the caller and the module by `session_id`. */
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
