import { DELIVERY_KEY, type Delivery } from '../../lib/runs/constants';

/** The event of a schedule, in the envelope in which it comes. */
export const byClock = (event: unknown): Delivery => ({ [DELIVERY_KEY]: 'schedule', event });

/** An event of the bus, in the envelope in which the rule of a function delivers it. */
export const byBus = (event: unknown): Delivery => ({ [DELIVERY_KEY]: 'event', event });

/** The event of a direct invocation with an idempotency key. */
export const byKey = (idempotencyKey: string, event: unknown): Delivery => ({
  [DELIVERY_KEY]: 'invoke',
  idempotencyKey,
  event,
});
