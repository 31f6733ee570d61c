import { inspect } from 'node:util';
import { cutText } from './text';

export const ERROR_TYPE_MAX = 200;
export const ERROR_MESSAGE_MAX = 1_000;
const UNREADABLE = 'the message of the error cannot be read';

/** Type and message of anything that was thrown, shortened to fit into a run record. It never throws. */
export function describe(error: unknown): { errorType: string; errorMessage: string } {
  return {
    errorType: cutText(attempted(() => typeOf(error)) ?? 'Error', ERROR_TYPE_MAX),
    errorMessage: cutText(attempted(() => messageOf(error)) ?? UNREADABLE, ERROR_MESSAGE_MAX),
  };
}

function typeOf(error: unknown): string {
  if (error === null || typeof error !== 'object') return typeof error;
  return String((error as Partial<Error>).name ?? 'Error');
}

function messageOf(error: unknown): string {
  if (error === null || typeof error !== 'object') return String(error);
  const { message } = error as { message?: unknown };
  if (typeof message === 'object' && message !== null) return shown(message);
  if (message !== undefined && message !== null && message !== '') return String(message);
  // The details of an error without a message: its properties, such as its code.
  const details = shown(error);
  return error instanceof Error && !details.startsWith('{"') ? '' : details;
}

/** A value as JSON or, if that has nothing of it, as the console shows it. */
function shown(value: object): string {
  const json = attempted(() => JSON.stringify(value));
  return json === undefined || json === '{}' ? inspect(value) : json;
}

function attempted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
