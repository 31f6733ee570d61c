import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { retry } from '../../shared/retry/retry';
import { DependencyError, isDiskFull } from './errors';
import type { GetObject } from './object-reader';
import { errorAbout, type StoredDependency } from './stored-dependencies';

const RETRIES = { attempts: 3, firstDelayMs: 200 } as const;
/** Error codes of S3 for an object or bucket that does not exist. */
const MISSING = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);
const REPLACE = 'Delete the object and deploy again to restore it';

/** Downloads the zip of a dependency to a file, and checks that it is the deployed one. @throws DependencyError */
export async function download(getObject: GetObject, item: StoredDependency, archive: string): Promise<void> {
  const digest = await fetchWithRetries(getObject, item, archive);
  if (digest !== item.sha256) {
    throw errorAbout(item, `the SHA-256 of ${item.url} must be '${item.sha256}', got: '${digest}'`, REPLACE);
  }
}

async function fetchWithRetries(getObject: GetObject, item: StoredDependency, archive: string): Promise<string> {
  const isOwn = (error: unknown) => error instanceof DependencyError || isDiskFull(error);
  try {
    return await retry(async () => fetchInto(await getObject(item.bucket, item.key), item, archive), {
      ...RETRIES,
      isRetryable: (error) => !isOwn(error) && isTransient(error),
    });
  } catch (error) {
    throw isOwn(error) ? error : refusal(item, error);
  }
}

/** @returns the SHA-256 of the content */
async function fetchInto(body: Readable, item: StoredDependency, archive: string): Promise<string> {
  const hash = createHash('sha256');
  let left = item.size;
  async function* checked(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      left -= chunk.length;
      // Stop at once, so that unexpected content can't fill the disk.
      if (left < 0) throw errorAbout(item, `${item.url} must have ${item.size} bytes, got more`, REPLACE);
      hash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(body, checked, createWriteStream(archive));
  return hash.digest('hex');
}

interface ServiceFailure extends Error {
  readonly $fault?: 'client' | 'server';
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether a retry may help: not for a request that S3 refused. */
function isTransient(error: unknown): boolean {
  const { $fault, $retryable, $metadata } = error as ServiceFailure;
  return $fault === undefined || $retryable !== undefined || ($metadata?.httpStatusCode ?? 500) >= 500;
}

function refusal(item: StoredDependency, error: unknown): DependencyError {
  const { name, message, $metadata } = error as ServiceFailure;
  let remedy = 'Try again; in a VPC without internet access, add an endpoint for S3';
  if (MISSING.has(name)) {
    remedy = 'Deploy the stack again to restore it; something, such as a lifecycle rule, has deleted it';
  } else if ($metadata?.httpStatusCode === 403) {
    remedy = 'Grant the role of the function s3:GetObject on it, as store.addTo(fn) does';
  }
  const problem = `cannot read dependency '${item.name}' from ${item.url}: ${name}: ${message}`;
  return errorAbout(item, problem.replace(/\.$/, ''), remedy, { cause: error });
}
