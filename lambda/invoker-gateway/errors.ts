/** A request that is wrong: its sender can change that. */
export class RequestError extends Error {
  public constructor(
    /** Status of HTTP: 4xx. */
    public readonly status: number,
    message: string,
    /** Headers that the answer has beside its type. */
    public readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'RequestError';
  }
}
