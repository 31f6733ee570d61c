import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('greeter');

/** Sends every field of a request, as a command and as an event. The stack sets that the module requires the scope community.read. */
export async function handler({ scopes = ['community.read'] }: { scopes?: string[] } = {}) {
  const command = requestOf('welcome', ['new', 'tenors'], {
    metadata: {
      entity: { platform_entity_id: 'rehearsals' },
      user: { platform_user_id: 'ada#1815', username: 'ada' },
      community: { name: 'Harbour Choir', seat_count: 24, is_subscribed: true, subscription_order_id: 'sub-9' },
    },
    scopes,
  });
  const event = {
    ...command,
    metadata: { ...command.metadata, is_event: true, event_type: 'follow', event_data: { since: 2026 } },
  };
  return { command: await adapter.execute(command), event: await adapter.execute(event) };
}
