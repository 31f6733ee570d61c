import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `greeter`, which returns what it received. */
export async function handler({ community, entity, trigger, user }: ExecutePayload) {
  const what = trigger.type === 'event' ? `${trigger.event_type}` : `${trigger.command} ${trigger.context_text}`;
  return {
    success: true,
    message: `${user.username} of ${community.name}: ${what}`,
    targets: [user.platform, { type: 'overlay', id: entity.platform_entity_id }],
  };
}
