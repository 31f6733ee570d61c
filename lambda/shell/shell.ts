import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { SHELL_EVENT_KEY, type ShellAnswer } from '../../lib/shell/constants';
import { callHandler } from '../shared/call-handler';
import { type Handler, isStreaming } from '../shared/handler';
import { evaluate } from './evaluate';
import { shellCode, shellCredentials } from './schema';

/** Delay of a refusal, in milliseconds. It slows down guessing. */
const REFUSAL_MS = 1_000;

export interface ShellDependencies {
  /** Reads the secret of the shell. */
  readonly secret: () => Promise<string>;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** A request for the shell without its secret. The error reveals nothing else. */
export class ShellRefused extends Error {
  public constructor() {
    super('refused');
    this.name = 'ShellRefused';
    // The stack would reveal the code.
    this.stack = undefined;
  }
}

/**
 * Wraps a handler in the debug shell. An event whose only key is the shell's goes to the shell, any other to the handler.
 *
 * @throws Error when the handler streams its response, which the shell can't do
 */
export function shellWith(dependencies: ShellDependencies, handler: Handler): Handler {
  if (isStreaming(handler)) {
    throw new Error('debugShell must be false for a handler that streams its response, got: a handler of streamifyResponse');
  }
  return async (event, context) =>
    isForShell(event) ? answer(dependencies, event[SHELL_EVENT_KEY], handler, context) : callHandler(handler, event, context);
}

function isForShell(event: unknown): event is Record<string, unknown> {
  if (typeof event !== 'object' || event === null) return false;
  const keys = Object.keys(event);
  return keys.length === 1 && keys[0] === SHELL_EVENT_KEY;
}

async function answer(
  dependencies: ShellDependencies,
  request: unknown,
  handler: Handler,
  context: Context,
): Promise<ShellAnswer> {
  if (!(await isAuthorized(dependencies, request))) {
    await dependencies.sleep(REFUSAL_MS);
    throw new ShellRefused();
  }
  const { data, error } = shellCode.safeParse(request);
  return error ? failure(error.issues[0]?.message ?? '') : evaluate(data.code, { handler, context });
}

async function isAuthorized({ secret }: ShellDependencies, request: unknown): Promise<boolean> {
  const { data: given } = shellCredentials.safeParse(request);
  let known: string;
  try {
    known = await secret();
  } catch (error) {
    // Only the log has the reason: the caller learns nothing.
    console.error('cannot read the secret of the debug shell', error);
    return false;
  }
  // timingSafeEqual needs equal lengths.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && known !== '' && timingSafeEqual(digest(given.secret), digest(known));
}

function failure(message: string): ShellAnswer {
  return { result: null, repr: null, stdout: '', error: { type: 'InvalidRequest', message, stack: '' } };
}
