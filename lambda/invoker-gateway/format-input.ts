import { formatValue } from '../shared/checks';
import { excerpt } from '../shared/text';

const MAX_LENGTH = 80;

/** A value of a request as it appears in a message, cut to 80 characters. */
export function formatInput(value: unknown): string {
  return excerpt(formatValue(value), MAX_LENGTH);
}
