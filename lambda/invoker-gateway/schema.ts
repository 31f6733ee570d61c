import * as z from 'zod/mini';
import { firstIssue } from '../shared/first-issue';
import { formatInput } from './format-input';

const string = z.string('must be a string');
const stringOrNull = z.optional(z.nullable(string));
const object = 'must be an object';

/** Known metadata of a request. Unknown fields are kept. */
const metadata = z.looseObject(
  {
    is_event: z.optional(z.boolean('must be true or false')),
    community: z.optional(
      z.looseObject(
        {
          name: stringOrNull,
          is_subscribed: z.optional(z.nullable(z.boolean('must be true, false or null'))),
          subscription_order_id: stringOrNull,
          seat_count: z.optional(z.nullable(z.number('must be a number or null'))),
        },
        object,
      ),
    ),
    user: z.optional(z.looseObject({ username: stringOrNull, platform_user_id: stringOrNull }, object)),
    entity: z.optional(z.looseObject({ platform_entity_id: stringOrNull }, object)),
  },
  object,
);

/** An `ExecuteRequest`. Unknown fields are removed, so that no module receives them. */
export const executeRequest = z.object(
  {
    command: string,
    args: z.optional(z.array(string, 'must be a list of strings')),
    user_id: string,
    entity_id: string,
    community_id: string,
    session_id: string,
    platform: string,
    metadata: z.optional(metadata),
    scopes: z.optional(z.array(string, 'must be a list of strings')),
  },
  object,
);

/** Event of a direct invocation. */
export const directEvent = z.object({ module: string, request: executeRequest }, object);

/** Describes the first invalid value of an input: its path, the rule, and the value. */
export function firstProblem(input: unknown, error: z.core.$ZodError): string {
  const { path, rule, value } = firstIssue(error, input);
  return `${path || 'the request'} ${rule}, got: ${formatInput(value)}`;
}
