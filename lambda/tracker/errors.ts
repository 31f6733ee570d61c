import { RESULT_MAX_BYTES } from '../../lib/limits/constants';
import { RETRY_TOO_EARLY } from '../../lib/runs/constants';

/** An invocation that Lambda must retry later. After the last retry, Lambda sends the event to the dead-letter queue. */
export class RetryTooEarly extends Error {
  public constructor(message: string) {
    super(message);
    // Not the class name, which minification shortens.
    this.name = RETRY_TOO_EARLY;
  }
}

/** A start that could not find out in time whether a slot is free. It must not run, and Lambda retries it. */
export class LeaseContended extends Error {
  /** @param unsure whether the start may have taken a slot, because a response is missing */
  public constructor(
    public readonly unsure: boolean,
    options: { readonly cause?: unknown },
  ) {
    super('too many concurrent starts: could not find out in time whether a slot is free, so the run was not started', options);
    this.name = 'Katamari.LeaseContended';
  }
}

/** The error that Lambda reports for a result that is too large. */
export class ResponseTooLarge extends Error {
  public constructor() {
    super(`Response payload size exceeded maximum allowed payload size (${RESULT_MAX_BYTES} bytes).`);
    this.name = 'Function.ResponseSizeTooLarge';
  }
}

/** The error that Lambda reports for a handler that exceeds its timeout. */
export class TaskTimedOut extends Error {
  public constructor(timeoutMs: number) {
    super(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    this.name = 'Sandbox.Timedout';
  }
}
