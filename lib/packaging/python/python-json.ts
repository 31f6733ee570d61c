/**
 * JSON as Python's `json.dumps(value, sort_keys=True)` writes it: the tools hash it to find out whether a lock is up to date.
 *
 * @param separators such as `{ items: ', ', key: ': ' }`, the default of Python
 *
 * @internal
 */
export function pythonJson(value: unknown, separators: { readonly items: string; readonly key: string }): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, separators)).join(separators.items)}]`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${quoted(key)}${separators.key}${pythonJson(item, separators)}`);
  return `{${entries.join(separators.items)}}`;
}

/** Python escapes everything outside of ASCII. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
