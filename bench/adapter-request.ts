import type { ExecuteRequest } from 'cdk-katamari/runtime';

/** The request of every call. */
export const REQUEST: ExecuteRequest = {
  command: 'process',
  args: ['data'],
  user_id: 'user_123',
  entity_id: 'entity_456',
  community_id: 'community_789',
  session_id: 'session_abc123',
  platform: 'discord',
};
