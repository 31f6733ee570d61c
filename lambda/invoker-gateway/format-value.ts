/** Most characters of a value in a message. */
const SHOWN_MAX = 80;

/** A value as it ends a message, cut where it is long. */
export function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : String(JSON.stringify(value));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
