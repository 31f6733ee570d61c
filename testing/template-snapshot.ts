import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** Hash of an asset: 64 hexadecimal digits of SHA-256, alone or at the start of a file name or image tag. */
const ASSET_HASH = /\b[a-f0-9]{64}\b/g;
const MASK = '[ASSET HASH]';

/** Masks the hashes of assets in a text. */
export function maskAssetHashes(text: string): string {
  return text.replace(ASSET_HASH, MASK);
}

/**
 * The template of a stack with masked asset hashes, for a snapshot that does not change when only code changes.
 *
 * ```ts
 * expect(templateSnapshot(stack)).toMatchSnapshot();
 * ```
 */
export function templateSnapshot(stack: Stack): Record<string, unknown> {
  return JSON.parse(maskAssetHashes(JSON.stringify(Template.fromStack(stack).toJSON())));
}
