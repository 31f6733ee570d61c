import type * as z from 'zod/mini';

/** The first rule that an input breaks. */
interface FirstIssue {
  /** Path of the value, such as `request.args.0`; empty for the input itself. */
  readonly path: string;
  /** The rule, which follows the path: `must be a string`. */
  readonly rule: string;
  readonly value: unknown;
}

/** Reads the first issue of a failed parse. For an unknown key, the value is the name of the key. */
export function firstIssue(error: z.core.$ZodError, input: unknown): FirstIssue {
  const [issue] = error.issues as [z.core.$ZodIssue];
  const path = issue.path.map(String).join('.');
  const value = issue.code === 'unrecognized_keys' ? issue.keys[0] : valueAt(input, issue.path);
  return { path, rule: issue.message, value };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (Object(value) as Record<PropertyKey, unknown>)[key], input);
}
