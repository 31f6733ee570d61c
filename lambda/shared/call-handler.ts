import { types } from 'node:util';
import type { Context } from 'aws-lambda';
import type { Handler } from './handler';

/** First Node.js version whose runtime accepts promises alone. */
const FIRST_WITHOUT_CALLBACKS = 24;

/**
 * Global function that the runtimes of Node.js 22 and older call when the event loop is empty. They answer an invocation then, if
 * the handler has returned no promise.
 */
const BEFORE_EXIT = Symbol.for('aws.lambda.beforeExit');
const runtime = globalThis as { [BEFORE_EXIT]?: () => void };

/** A handler returned a promise, and nothing is left that could settle it. */
class NeverSettled extends Error {
  public constructor() {
    super('the event loop is empty, but the promise that the handler returned is not settled');
    // Name in the runtime of Lambda.
    this.name = 'Runtime.NodeJsExit';
  }
}

/**
 * Calls a handler as the runtime does. With Node.js 22 and older, the result of a callback, or of a handler that returns no promise,
 * waits until the event loop is empty, unless `callbackWaitsForEmptyEventLoop` is false. With a newer one the result is what the
 * handler returns. A callback and the methods `done`, `succeed` and `fail` of a context that has them end the call everywhere.
 */
export function callHandler(handler: Handler, event: unknown, context: Context): Promise<unknown> {
  return new Promise((resolve, reject) => new HandlerCall(resolve, reject).start(handler, event, context));
}

class HandlerCall {
  private readonly waitsForEmptyLoop = waitsForEmptyLoop();
  /** What the runtime would do when the event loop is empty. */
  private readonly before = runtime[BEFORE_EXIT];
  private ended = false;

  public constructor(
    private readonly resolve: (result: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  public start(handler: Handler, event: unknown, context: Context): void {
    const given = this.contextFor(context);
    const callback = this.once((error: unknown, result: unknown) => {
      if (isGiven(error)) this.fail(error);
      else if (given.callbackWaitsForEmptyEventLoop === false) this.succeed(result);
      else this.whenLoopIsEmpty(() => this.succeed(result));
    });
    let returned: unknown;
    this.onEmptyLoop(() => this.endWithoutResult(handler, returned));
    try {
      returned = handler(event, given, callback);
    } catch (error) {
      this.once(() => this.fail(error))();
      return;
    }
    const { then } = Object(returned) as { then?: unknown };
    if (typeof then === 'function') {
      (returned as Promise<unknown>).then(
        this.once((result: unknown) => this.succeed(result)),
        this.once((error: unknown) => this.fail(error)),
      );
    } else if (!this.waitsForEmptyLoop && handler.length < 3) {
      this.once(() => this.succeed(returned))();
    }
  }

  /** The old runtimes ignore what a handler returns, unless it is a promise. */
  private endWithoutResult(handler: Handler, returned: unknown): void {
    this.once(() => {
      if (types.isAsyncFunction(handler) && returned !== undefined) this.fail(new NeverSettled());
      else this.succeed(null);
    })();
  }

  /** A copy of the context, because the runtime calls the methods of its own. */
  private contextFor(context: Context): Context {
    if (typeof context.succeed !== 'function') return context;
    const done = this.once((error: unknown, result: unknown) => (isGiven(error) ? this.fail(error) : this.succeed(result)));
    return Object.assign(Object.create(Object.getPrototypeOf(context)), context, {
      done,
      succeed: (result: unknown) => done(null, result),
      fail: (error: unknown) => done(error ?? 'handled', null),
    });
  }

  /** Only the first of all ways to end a call counts. */
  private once<Args extends unknown[]>(end: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      if (this.ended) return;
      this.ended = true;
      end(...args);
    };
  }

  private whenLoopIsEmpty(then: () => void): void {
    if (this.waitsForEmptyLoop) this.onEmptyLoop(then);
    else then();
  }

  private onEmptyLoop(then: () => void): void {
    if (this.waitsForEmptyLoop) runtime[BEFORE_EXIT] = then;
  }

  private succeed(result: unknown): void {
    this.giveBack();
    this.resolve(result);
  }

  private fail(error: unknown): void {
    this.giveBack();
    this.reject(error);
  }

  private giveBack(): void {
    if (this.waitsForEmptyLoop) runtime[BEFORE_EXIT] = this.before;
  }
}

/** Whether the runtime ends an invocation when the event loop is empty. */
export function waitsForEmptyLoop(): boolean {
  const [, version] = /^AWS_Lambda_nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '') ?? [];
  return Number(version) < FIRST_WITHOUT_CALLBACKS && typeof runtime[BEFORE_EXIT] === 'function';
}

function isGiven(error: unknown): boolean {
  return error !== undefined && error !== null;
}
