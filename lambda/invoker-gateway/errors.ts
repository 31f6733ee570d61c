/** An invalid request, which the sender can correct. */
export class RequestError extends Error {
  public constructor(
    /** HTTP status code: 4xx. */
    public readonly status: number,
    message: string,
    /** Additional headers of the response. */
    public readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'RequestError';
  }
}
