import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { formatValue, ValidationError } from '../../private/errors';
import { isObject } from '../json';

/**
 * Text of a file in UTF-8, or in UTF-16 with a byte order mark, which PowerShell writes (`pip freeze > requirements.txt`).
 *
 * @internal
 */
export function readText(path: string): string {
  const bytes = readFileSync(path);
  const mark = bytes.toString('hex', 0, 2);
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  // The decoder drops the byte order mark.
  return new TextDecoder(encoding).decode(bytes);
}

/**
 * Content of a file in JSON or TOML.
 *
 * @throws ValidationError with the path when the file has another format, or is not an object
 *
 * @internal
 */
export function readObject(path: string, format: 'JSON' | 'TOML'): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    const text = readText(path);
    value = format === 'JSON' ? JSON.parse(text) : parseToml(text);
  } catch (error) {
    throw new ValidationError(`${formatValue(path)} must be valid ${format}: ${(error as Error).message.trim()}`);
  }
  if (!isObject(value)) throw new ValidationError(`${formatValue(path)} must contain an object, got: ${formatValue(value)}`);
  return value;
}

/**
 * Part of a file that was read, after a check of its shape.
 *
 * @param where place of the value in the file, such as `package`
 * @throws ValidationError with the path and the place
 *
 * @internal
 */
export function checkedPart<T>(
  path: string,
  where: string,
  value: unknown,
  isPart: (value: unknown) => boolean,
  shape: string,
): T {
  if (isPart(value)) return value as T;
  throw new ValidationError(
    `${where} in ${formatValue(path)} must be ${shape}, got: ${formatValue(value)}; write ${formatValue(basename(path))} again with its tool`,
  );
}
