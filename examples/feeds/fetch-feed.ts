import { FeedError } from './feed-error';

/** Limits for one document. */
export interface FetchLimits {
  /** Timeout of the whole response including redirects, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest document, in bytes, after decompression. */
  readonly maxBytes: number;
}

/** A fetched document, not decoded yet. */
export interface FetchedDocument {
  /** URL after redirects. */
  readonly url: string;
  readonly contentType?: string;
  readonly bytes: Uint8Array;
}

const DEFAULT_LIMITS: FetchLimits = { timeoutMs: 10_000, maxBytes: 5 * 1024 * 1024 };

const HEADERS = {
  accept: 'application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1',
  'user-agent': 'cdk-katamari-feeds (+https://github.com/cdk-katamari/cdk-katamari)',
};

/**
 * Fetches a document over HTTP.
 *
 * @throws FeedError when the document can't be fetched within the limits
 */
export async function fetchDocument(url: string, limits: FetchLimits = DEFAULT_LIMITS): Promise<FetchedDocument> {
  // One signal for the headers and the body, so that a slow server can't hold the run.
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await fetch(url, { headers: HEADERS, redirect: 'follow', signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new FeedError('status', `a feed must be answered with status 200, got: ${response.status}`);
    }
    return {
      url: response.url,
      contentType: response.headers.get('content-type') ?? undefined,
      bytes: await readAtMost(response, limits.maxBytes),
    };
  } catch (error) {
    if (error instanceof FeedError) throw error;
    if (signal.aborted) {
      throw new FeedError('timeout', `a feed must be answered within ${limits.timeoutMs} ms, got no end of it by then`, {
        cause: error,
      });
    }
    throw new FeedError('unreachable', `no answer: ${reasonOf(error)}`, { cause: error });
  }
}

async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // An error in the loop cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new FeedError('too-large', `a feed may have ${maxBytes} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The message of `fetch` is only 'fetch failed': the cause has the reason. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
