/** An error that the user can act on. Commands show its message and hint, without a stack trace. */
export class CommandError extends Error {
  /** @param hint what the user can do */
  public constructor(
    message: string,
    public readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** The first line of an error's message, to add to a message of our own. */
export function reasonOf(error: unknown): string {
  const { message, name, code } = error as { message?: string; name?: string; code?: string };
  // A refused connection is an AggregateError without a message.
  return (message || code || name || String(error)).split('\n')[0] as string;
}
