/** Why a feed could not be read. */
export type FeedErrorReason = 'unreachable' | 'timeout' | 'status' | 'too-large' | 'encoding' | 'malformed' | 'not-a-feed';

/** A feed that could not be read: the fault of the feed or of its server. Other feeds are none the worse for it. */
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
