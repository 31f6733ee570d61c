import { unzipSync } from 'fflate';

/**
 * Names and sizes of the files in a zip, which are not unpacked.
 *
 * @throws when it is no zip
 *
 * @internal
 */
export function sizesInZip(content: Uint8Array): { readonly name: string; readonly bytes: number }[] {
  const sizes: { name: string; bytes: number }[] = [];
  // The filter is called with the entries of the directory.
  unzipSync(content, {
    filter: ({ name, originalSize }) => {
      sizes.push({ name, bytes: originalSize });
      return false;
    },
  });
  return sizes;
}
