import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** The request of every call. */
export const REQUEST: ExecuteRequest = {
  command: 'enrol',
  args: ['tenor'],
  user_id: 'user-17',
  entity_id: 'room-4',
  community_id: 'choir-8',
  session_id: 'session-2026',
  platform: 'discord',
};
