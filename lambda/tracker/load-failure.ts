import { relative } from 'node:path';
import { callHandler } from '../shared/call-handler';
import { describe } from '../shared/describe';
import { type Handler, isStreaming } from '../shared/handler';

/** The module of a handler has no function to call. */
class HandlerNotFound extends Error {
  public constructor(found: unknown) {
    super(`the handler must be a function, got: ${found === null ? 'null' : typeof found}`);
    // The name by which Lambda reports it.
    this.name = 'Runtime.HandlerNotFound';
    // It arose in this library, so its place would tell the user nothing.
    this.stack = undefined;
  }
}

/** The module of a handler could not be loaded. The run fails with `reason`. */
export class LoadFailure extends Error {
  /** Place in the function's code, such as `handlers/poll.ts:3`; undefined if the error arose elsewhere. */
  private readonly place?: string;

  public constructor(
    /** The value that was thrown. */
    public readonly reason: unknown,
    root: string,
  ) {
    super('the handler could not be loaded');
    this.place = placeOf(reason, root);
  }

  /** Type and message of the reason, with the place. */
  public describe(): ReturnType<typeof describe> {
    const { errorType, errorMessage } = describe(this.reason);
    const place = this.place === undefined ? '' : `, at ${this.place}`;
    return { errorType, errorMessage: `${errorMessage} (while the function was loading${place})` };
  }
}

/**
 * Loads a handler while the function starts. If that fails, returns a handler that fails the first run with the reason, and loads
 * the module again for each later one, as Lambda would start the function again.
 *
 * @param load loads the module and returns its handler; an ES module is loaded asynchronously
 * @param root folder of the function's code
 */
export function loadHandler(load: () => unknown, root: string): Handler | Promise<Handler> {
  const failed = (reason: unknown) => loadAgain(load, root, new LoadFailure(reason, root));
  try {
    const found = load();
    return found instanceof Promise ? found.then(requireFunction).catch(failed) : requireFunction(found);
  } catch (reason) {
    return failed(reason);
  }
}

function loadAgain(load: () => unknown, root: string, failure: LoadFailure): Handler {
  let first: LoadFailure | undefined = failure;
  let loaded: Handler | undefined;
  return async (event, context) => {
    if (first) {
      const reason = first;
      first = undefined;
      throw reason;
    }
    try {
      loaded ??= requireFunction(await load());
    } catch (reason) {
      throw new LoadFailure(reason, root);
    }
    // Lambda asks once, when the function starts, whether a handler streams. It must start again.
    if (isStreaming(loaded)) process.exit(1);
    return callHandler(loaded, event, context);
  };
}

/** @throws HandlerNotFound when a module has something else in place of the handler */
export function requireFunction(found: unknown): Handler {
  if (typeof found !== 'function') throw new HandlerNotFound(found);
  return found as Handler;
}

/** A frame of a stack trace, or the first line of that of a syntax error. Its groups are the file and the line. */
const FRAME = /^(?:\s+at (?:.*\()?)?(?:file:\/\/)?(\/[^()?]+?)(?:\?\d+)?:(\d+)(?::\d+)?\)?$/;
/** Files of this library in the folder of the function's code. */
const OWN_FILE = /\/katamari-[a-z]+\.m?js$/;

function placeOf(reason: unknown, root: string): string | undefined {
  const stack = typeof reason === 'object' && reason !== null ? (reason as { stack?: unknown }).stack : undefined;
  if (typeof stack !== 'string') return undefined;
  for (const line of stack.split('\n')) {
    const [, file, number] = FRAME.exec(line) ?? [];
    if (file !== undefined && !OWN_FILE.test(file)) return `${relative(root, file)}:${number}`;
  }
  return undefined;
}
