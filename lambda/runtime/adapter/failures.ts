import { TaskCancelledError } from 'cockatiel';
import { pythonText } from './python-text';

/** Most characters of a function's error in an answer. */
const DETAILS_MAX = 4_096;

/** Codes of a connection that could not be made, or broke: Node.js' own, and the SDK's name of a timeout. */
const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'TimeoutError',
]);

/** What the SDK adds for those who hold the error itself. */
const SDK_HINT = /\n\s*Deserialization error: .*$/s;

interface FailureDetails {
  readonly retryable?: boolean;
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

/** A call that was sent, and failed. */
export class CallFailure extends Error {
  /** Whether another try may help. */
  public readonly retryable: boolean;
  /** Whether no answer came in time: its retry costs more of the budget. */
  public readonly timedOut: boolean;

  public constructor(message: string, { retryable = false, timedOut = false, cause }: FailureDetails = {}) {
    super(message, { cause });
    this.name = 'CallFailure';
    this.retryable = retryable;
    this.timedOut = timedOut;
  }

  /** The same failure, which is not tried again. */
  public finally(why: string): CallFailure {
    return new CallFailure(`${this.message}; not tried again: ${why}`, { timedOut: this.timedOut, cause: this.cause });
  }
}

/** A call that was not sent. */
export class NotInvoked extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotInvoked';
  }
}

/** A call that its caller has given up: it says nothing about the module. */
export class Abandoned extends Error {
  public constructor(reason: unknown) {
    super(`the caller has given up: ${reason instanceof Error ? reason.message : String(reason)}`);
    this.name = 'Abandoned';
  }
}

/** What an error of the SDK says of the call, in the words of the original: `An error occurred (code) when calling …`. */
export function toCallFailure(error: unknown, retryable: ReadonlySet<string>, timeoutMs: number): CallFailure {
  // Whichever of the two is first: cockatiel's end of the time, or the end of the request that it leads to.
  if (error instanceof TaskCancelledError || Object(error).name === 'AbortError') {
    const message = occurred('TimeoutError', `no answer within ${Math.ceil(timeoutMs)} ms`);
    return new CallFailure(message, { retryable: true, timedOut: true, cause: error });
  }
  const { name = 'Error', message, code, cause, $response } = Object(error) as SdkError;
  const connection = [code, name, cause?.code].find((candidate) => CONNECTION_ERRORS.has(candidate ?? ''));
  // An answer that is not of Lambda, such as the page of a proxy: the SDK fails to read it.
  const status = error instanceof SyntaxError ? $response?.statusCode : undefined;
  const shown = connection ?? (status === undefined ? name : `HTTP ${status}`);
  const said = status === undefined ? message?.replace(SDK_HINT, '') || code || name : 'the answer is not one of Lambda';
  return new CallFailure(occurred(shown, said), {
    retryable: connection !== undefined || retryable.has(name),
    timedOut: shown === 'TimeoutError' || shown === 'ETIMEDOUT',
    cause: error,
  });
}

/** What a function's error says of the call. */
export function toFunctionFailure(payload: Uint8Array | undefined, retryable: boolean): CallFailure {
  const text = Buffer.from(payload ?? []).toString('utf8');
  let details: string;
  try {
    details = pythonText(JSON.parse(text));
  } catch {
    details = text;
  }
  const shown = details.length > DETAILS_MAX ? `${details.slice(0, DETAILS_MAX)}…` : details;
  return new CallFailure(`Lambda function error: ${shown}`, { retryable });
}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly cause?: { readonly code?: string };
  readonly $response?: { readonly statusCode?: number };
}

const occurred = (code: string, message: string) => `An error occurred (${code}) when calling the Invoke operation: ${message}`;
