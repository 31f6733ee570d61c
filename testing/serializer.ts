import { maskAssetHashes } from './template-snapshot';

/** Whether jest is to use this serializer: for every text that has the hash of an asset in it. */
export function test(value: unknown): boolean {
  return typeof value === 'string' && maskAssetHashes(value) !== value;
}

/** The text as the snapshot has it. */
export function serialize(value: string): string {
  return JSON.stringify(maskAssetHashes(value));
}
