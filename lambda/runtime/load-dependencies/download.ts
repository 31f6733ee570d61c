import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SdkClient } from '../../shared/sdk-client';
import { DependencyError, isDiskFull } from './errors';
import { errorAbout, type StoredDependency } from './stored-dependency';

const TRIES = 3;
const FIRST_DELAY_MS = 100;
const MISSING = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);
const REPLACE = 'Delete the object and deploy again: the deploy puts back what belongs there';

/** How an object of S3 is asked for. */
export type GetObject = (bucket: string, key: string) => Promise<Readable>;

/** The reader of objects that a client makes, or one of its own without. */
export async function objectReader(client?: SdkClient): Promise<GetObject> {
  // Where nothing is left to download the SDK is not even evaluated.
  const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const s3: SdkClient =
    client ??
    new S3Client({
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
      // The SHA-256 is checked in any case.
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  return async (Bucket, Key) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body;
}

/** Writes the zip of a dependency into a file, and checks that it is the one that was deployed. @throws DependencyError */
export async function download(getObject: GetObject, item: StoredDependency, archive: string): Promise<void> {
  const digest = await tryFetch(getObject, item, archive);
  if (digest !== item.sha256) {
    throw errorAbout(item, `the SHA-256 of ${item.url} must be '${item.sha256}', got: '${digest}'`, REPLACE);
  }
}

async function tryFetch(getObject: GetObject, item: StoredDependency, archive: string): Promise<string> {
  for (let tried = 1; ; tried++) {
    try {
      return await fetchInto(await getObject(item.bucket, item.key), item, archive);
    } catch (error) {
      if (error instanceof DependencyError || isDiskFull(error)) throw error;
      if (tried === TRIES || !mayRetry(error)) throw refusal(item, error);
      await sleep(Math.random() * FIRST_DELAY_MS * 2 ** tried);
    }
  }
}

/** @returns the SHA-256 of what came */
async function fetchInto(body: Readable, item: StoredDependency, archive: string): Promise<string> {
  const hash = createHash('sha256');
  let left = item.size;
  async function* checked(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      left -= chunk.length;
      // More than was deployed must not fill the disk.
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

/** Not what S3 has refused: it would refuse it again. */
function mayRetry(error: unknown): boolean {
  const { $fault, $retryable, $metadata } = error as ServiceFailure;
  return $fault === undefined || $retryable !== undefined || ($metadata?.httpStatusCode ?? 500) >= 500;
}

function refusal(item: StoredDependency, error: unknown): DependencyError {
  const { name, message, $metadata } = error as ServiceFailure;
  let remedy = 'Try again; from a VPC without a way out S3 needs an endpoint';
  if (MISSING.has(name)) {
    remedy = 'Deploy the stack again: the deploy puts it there, and something, such as a lifecycle rule, has deleted it';
  } else if ($metadata?.httpStatusCode === 403) {
    remedy = 'Let the role of the function read it: store.addTo(fn) grants s3:GetObject on it';
  }
  const problem = `dependency '${item.name}' could not be read from ${item.url}: ${name}: ${message}`;
  return errorAbout(item, problem.replace(/\.$/, ''), remedy, { cause: error });
}
