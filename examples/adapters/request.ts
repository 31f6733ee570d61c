import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** A request as a chat bot makes it of a message. `session_id` is what leads from the log of the caller to that of the module. */
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
