import * as z from 'zod/mini';
import { formatValue } from './format-value';

const text = z.string('must be a text');
const textOrNull = z.optional(z.nullable(text));
const object = 'must be an object';

/** What is known beside the command. Whatever else comes stays in it. */
const metadata = z.looseObject(
  {
    is_event: z.optional(z.boolean('must be true or false')),
    community: z.optional(
      z.looseObject(
        {
          name: textOrNull,
          is_subscribed: z.optional(z.nullable(z.boolean('must be true, false or null'))),
          subscription_order_id: textOrNull,
          seat_count: z.optional(z.nullable(z.number('must be a number or null'))),
        },
        object,
      ),
    ),
    user: z.optional(z.looseObject({ username: textOrNull, platform_user_id: textOrNull }, object)),
    entity: z.optional(z.looseObject({ platform_entity_id: textOrNull }, object)),
  },
  object,
);

/** An `ExecuteRequest`. Keys that it does not have are left out: no module is sent them. */
export const executeRequest = z.object(
  {
    command: text,
    args: z.optional(z.array(text, 'must be a list of texts')),
    user_id: text,
    entity_id: text,
    community_id: text,
    session_id: text,
    platform: text,
    metadata: z.optional(metadata),
    scopes: z.optional(z.array(text, 'must be a list of texts')),
  },
  object,
);

/** The event of a direct invocation. */
export const directEvent = z.object({ module: text, request: executeRequest }, object);

/** The first thing that is wrong with an input: which value, its rule, and what came. */
export function firstProblem(input: unknown, error: z.core.$ZodError): string {
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  return `${path.map(String).join('.') || 'the request'} ${message}, got: ${formatValue(valueAt(input, path))}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (Object(value) as Record<PropertyKey, unknown>)[key], input);
}
