/** Says that an invocation is to come again: Lambda does that, and hands the event to the dead-letter queue in the end. */
export class RetryTooEarly extends Error {
  public constructor(message: string) {
    super(message);
    // Written out: the class names of a minified bundle say nothing.
    this.name = 'Katamari.RetryTooEarly';
  }
}

/** A start that could not find out in time whether a slot is free: it must not run, and Lambda is to try it again. */
export class LeaseContended extends Error {
  /** @param unsure whether the slot may have been taken, because an answer is missing */
  public constructor(
    public readonly unsure: boolean,
    options: ErrorOptions,
  ) {
    super(
      'too many starts at a time: whether a slot is free could not be found out in time, so that the run was not started',
      options,
    );
    this.name = 'Katamari.LeaseContended';
  }
}

/** What Lambda reports of a handler that outlives its timeout. */
export class TaskTimedOut extends Error {
  public constructor(timeoutMs: number) {
    super(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    this.name = 'Sandbox.Timedout';
  }
}
