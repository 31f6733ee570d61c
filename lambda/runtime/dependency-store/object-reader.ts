import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SdkClient } from '../../shared/sdk-client';

/** Reads an object of S3. */
export type GetObject = (bucket: string, key: string) => Promise<Readable>;

/** Creates a function that reads objects with the given client, or with a client of its own. */
export function objectReader(client?: SdkClient): GetObject {
  const s3: SdkClient =
    client ??
    new S3Client({
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
      // `download` checks the SHA-256.
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  return async (Bucket, Key) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body;
}
