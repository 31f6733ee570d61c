import { formatValue } from '../shared/checks';

const MAX_LENGTH = 80;

/** A value of a request as it appears in a message, cut to 80 characters. */
export function formatInput(value: unknown): string {
  const text = formatValue(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
