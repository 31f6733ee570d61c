import type { IConstruct } from 'constructs';
import { formatValue, ValidationError } from './errors';

/**
 * Refuses a FIFO queue or topic where AWS sends to standard ones alone: dead letters of Lambda, EventBridge, EventBridge Scheduler and
 * of standard queues.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 *
 * @internal
 */
export function requireStandard(
  scope: IConstruct,
  what: string,
  target: (IConstruct & { readonly fifo: boolean }) | undefined,
): void {
  if (!target?.fifo) return;
  throw new ValidationError(
    `${what} must not be FIFO, which AWS cannot send dead letters to, got: ${formatValue(target.node.path)}`,
    scope,
  );
}
