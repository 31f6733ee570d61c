import { maskAssetHashes } from './template-snapshot';

/** Tells jest to use this serializer for strings that contain the hash of an asset. */
export function test(value: unknown): boolean {
  return typeof value === 'string' && maskAssetHashes(value) !== value;
}

/** The string with masked hashes, as the snapshot has it. */
export function serialize(value: string): string {
  return JSON.stringify(maskAssetHashes(value));
}
