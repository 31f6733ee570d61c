import { TextDecoder } from 'node:util';
import { FeedError } from './feed-error';

/** Bytes of a document to search for its XML declaration. */
const DECLARATION_BYTES = 1024;

/**
 * Decodes an XML document. The byte order mark, the HTTP header and the XML declaration name its encoding, in this order; the
 * default is UTF-8 (RFC 7303, section 3). When the bytes are not valid in one encoding, the next one is tried, and at last
 * Windows-1252, which has a character for every byte.
 *
 * @param contentType value of the HTTP header
 * @throws FeedError when the document is not UTF-8, and names no known encoding
 */
export function decodeDocument(bytes: Uint8Array, contentType?: string): string {
  const told = [byOrderMark(bytes), byHeader(contentType), byDeclaration(bytes)].filter((label) => label !== undefined);
  const known = told.map(decoderFor).filter((decoder) => decoder !== undefined);
  for (const decoder of [...known, new TextDecoder('utf-8', { fatal: true })]) {
    try {
      return decoder.decode(bytes);
    } catch {
      // The bytes are not valid in this encoding.
    }
  }
  if (told.length > 0 && known.length === 0) {
    throw new FeedError('encoding', `the encoding of a feed must be one of the WHATWG Encoding Standard, got: '${told[0]}'`);
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
}

function byOrderMark(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  // Without a mark, '<?' in two bytes a character shows UTF-16.
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0 && c === 0x3f && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c && c === 0 && d === 0x3f)) return 'utf-16be';
  return undefined;
}

function byHeader(contentType = ''): string | undefined {
  return /;\s*charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType)?.[1];
}

function byDeclaration(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('windows-1252').decode(bytes.subarray(0, DECLARATION_BYTES));
  return /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(start)?.[1];
}
