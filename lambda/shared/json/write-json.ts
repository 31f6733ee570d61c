import { randomUUID } from 'node:crypto';

/** Marks the digits of a bigint in a JSON string. Unique, so that no text of a value contains it. */
const MARK = `bigint-${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/**
 * Writes JSON exactly: a bigint becomes a number with all its digits.
 *
 * @returns undefined when the value has no JSON, such as a function
 * @throws TypeError when the value has a number that is not finite, which JSON can't express, or refers to itself
 */
export function writeJson(value: unknown): string | undefined {
  let marked = false;
  const write = (_key: string, one: unknown): unknown => {
    if (typeof one === 'bigint') {
      marked = true;
      return `${MARK}${one}`;
    }
    if (typeof one === 'number' && !Number.isFinite(one)) throw new NotFinite();
    return one;
  };
  let json: string | undefined;
  try {
    json = JSON.stringify(value, write);
  } catch (error) {
    if (error instanceof NotFinite) throw new TypeError('NaN or an infinity');
    if (error instanceof TypeError && /circular structure/.test(error.message)) throw new TypeError('a circular reference');
    throw error;
  }
  return marked ? json?.replace(MARKED, '$1') : json;
}

class NotFinite extends Error {}
