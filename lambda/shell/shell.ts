import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { SHELL_EVENT_KEY, type ShellAnswer, type ShellRequest } from '../../lib/shell/constants';
import { callHandler, type Handler, isStreaming } from '../shared/handler';
import { evaluate } from './evaluate';

/** How long a refusal takes, in milliseconds: whoever guesses pays for it. */
const REFUSAL_MS = 1_000;

/** What the shell works with. */
export interface ShellDependencies {
  /** The secret that opens it; rejects where it can't be read. */
  readonly secret: () => Promise<string>;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** An event for the shell that does not have its secret. It says no more than that. */
export class ShellRefused extends Error {
  public constructor() {
    super('refused');
    this.name = 'ShellRefused';
    // Nor where.
    this.stack = undefined;
  }
}

/**
 * Puts the debug shell around a handler: an event with no other key than the shell's is for the shell, any other for the
 * handler.
 *
 * @throws Error when the handler streams its response: what comes of an event must be written while it runs
 */
export function shellWith(parts: ShellDependencies, handler: Handler): Handler {
  if (isStreaming(handler)) {
    throw new Error('debugShell must be false for a handler that streams its response, got: a handler of streamifyResponse');
  }
  return async (event, context) =>
    isForShell(event) ? answer(parts, event[SHELL_EVENT_KEY], handler, context) : callHandler(handler, event, context);
}

function isForShell(event: unknown): event is Record<string, unknown> {
  if (typeof event !== 'object' || event === null) return false;
  const keys = Object.keys(event);
  return keys.length === 1 && keys[0] === SHELL_EVENT_KEY;
}

async function answer(parts: ShellDependencies, body: unknown, handler: Handler, context: Context): Promise<ShellAnswer> {
  const request = (body ?? {}) as Partial<ShellRequest>;
  if (!(await opens(parts, request.secret))) {
    await parts.sleep(REFUSAL_MS);
    throw new ShellRefused();
  }
  const { language, code } = request;
  if (language !== 'javascript') return failure(`language must be 'javascript' in this function, got: '${String(language)}'`);
  if (typeof code !== 'string') return failure(`code must be a text, got: ${typeof code}`);
  return evaluate(code, { handler, context });
}

async function opens({ secret }: ShellDependencies, given: unknown): Promise<boolean> {
  let known: string;
  try {
    known = await secret();
  } catch (error) {
    // For the log alone: whoever asks learns nothing.
    console.error('the secret of the debug shell could not be read', error);
    return false;
  }
  // Of equal length whatever is given.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof given === 'string' && known !== '' && timingSafeEqual(digest(given), digest(known));
}

function failure(message: string): ShellAnswer {
  return { result: null, repr: null, stdout: '', error: { type: 'InvalidRequest', message, stack: '' } };
}
