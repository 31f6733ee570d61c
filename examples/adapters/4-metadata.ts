import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('greeter');

/** Sends every field of a request, as a command and as an event. The stack sets that the module requires the scope community.read. */
export async function handler({ scopes = ['community.read'] }: { scopes?: string[] } = {}) {
  const command = requestOf('process', ['arg1', 'arg2'], {
    metadata: {
      community: { name: 'My Community', is_subscribed: true, subscription_order_id: 'order_123', seat_count: 50 },
      user: { username: 'MyUser', platform_user_id: 'discord_123' },
      entity: { platform_entity_id: 'channel_456' },
    },
    scopes,
  });
  const event = {
    ...command,
    metadata: { ...command.metadata, is_event: true, event_type: 'follow', event_data: { since: 2026 } },
  };
  return { command: await adapter.execute(command), event: await adapter.execute(event) };
}
