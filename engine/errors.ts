/** An error that the user can do something about: its message is all that is shown, without a stack trace. */
export class CommandError extends Error {
  /** @param hint what to do about it */
  public constructor(
    message: string,
    public readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** The first line of what went wrong, for a message that has more to say. */
export function reasonOf(error: unknown): string {
  const { message, name, code } = error as { message?: string; name?: string; code?: string };
  // A refused connection comes as an AggregateError without a message.
  return (message || code || name || String(error)).split('\n')[0] as string;
}
