/** Why a feed failed. */
export type FeedErrorReason = 'unreachable' | 'timeout' | 'status' | 'too-large' | 'encoding' | 'malformed' | 'not-a-feed';

/** A failure of one feed or its server, which does not concern other feeds. */
export class FeedError extends Error {
  public constructor(
    public readonly reason: FeedErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FeedError';
  }
}
