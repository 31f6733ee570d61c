import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** A hash of an asset: SHA-256 as 64 hexadecimal digits, alone or at the start of a file name or image tag. */
const ASSET_HASH = /\b[a-f0-9]{64}\b/g;
const MASK = '[ASSET HASH]';

/** A text with the hashes of assets masked. */
export function maskAssetHashes(text: string): string {
  return text.replace(ASSET_HASH, MASK);
}

/**
 * The template of a stack with the hashes of assets masked, for a snapshot that stays the same when only code changes.
 *
 * ```ts
 * expect(templateSnapshot(stack)).toMatchSnapshot();
 * ```
 */
export function templateSnapshot(stack: Stack): Record<string, unknown> {
  return JSON.parse(maskAssetHashes(JSON.stringify(Template.fromStack(stack).toJSON())));
}
