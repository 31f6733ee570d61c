import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from '../../shared/client-settings';
import type { SdkClient } from '../../shared/sdk-client';

/** Reads an object of S3. */
export type GetObject = (bucket: string, key: string) => Promise<Readable>;

/** Creates a function that reads objects with the given client, or with a client of its own. */
export function objectReader(client?: SdkClient): GetObject {
  const s3: SdkClient =
    client ??
    // `download` checks the SHA-256.
    new S3Client(clientSettings({ responseChecksumValidation: 'WHEN_REQUIRED' as const }));
  return async (Bucket, Key) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body;
}
