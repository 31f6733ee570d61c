/** Node.js 22 and newer: a value that JSON.stringify writes as it is. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };

/**
 * Converts a value that a handler returns, which the runtime of Lambda writes by JSON.stringify: a bigint would make it throw. Before
 * Node.js 22, a bigint becomes the nearest number, as in the JSON of any other handler; NaN becomes null in all versions.
 */
export function toRuntimeJson(value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON ? rawJSON(String(value)) : Number(value);
  if (Array.isArray(value)) return value.map(toRuntimeJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toRuntimeJson(one)]));
}
