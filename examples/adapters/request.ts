import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** Creates a request as a chat bot does for a message. Find its logs in the caller and the module by `session_id`. */
export function requestOf(command: string, args: string[], more: Partial<ExecuteRequest> = {}): ExecuteRequest {
  return {
    command,
    args,
    user_id: 'user-17',
    entity_id: 'room-4',
    community_id: 'choir-8',
    session_id: 'session-2026',
    platform: 'discord',
    ...more,
  };
}
