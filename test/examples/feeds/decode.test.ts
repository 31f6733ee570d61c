import { decodeDocument } from '../../../examples/feeds/decode';

const TEXT = 'Avó e pão';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a>${TEXT}</a>`;

test.each<[string, Uint8Array, string | undefined]>([
  ['UTF-8 by default', Buffer.from(`<a>${TEXT}</a>`), undefined],
  ['the HTTP header', latin1(`<a>${TEXT}</a>`), 'text/xml; charset=ISO-8859-1'],
  ['a quoted charset', latin1(`<a>${TEXT}</a>`), 'text/xml;charset="iso-8859-1"'],
  ['the XML declaration', latin1(declared('ISO-8859-1')), 'text/xml'],
  ['a declaration with single quotes', latin1(declared('x').replaceAll('"x"', "'latin1'")), undefined],
  ['the header before the declaration', Buffer.from(declared('ISO-8859-1')), 'text/xml; charset=utf-8'],
  ['a byte order mark before the header', Buffer.from(`\ufeff<a>${TEXT}</a>`), 'text/xml; charset=iso-8859-1'],
  ['UTF-16 with a mark', Buffer.from(`\ufeff<a>${TEXT}</a>`, 'utf16le'), undefined],
  ['UTF-16 without one', Buffer.from(declared('UTF-16'), 'utf16le'), undefined],
  ['UTF-16, big end first', Buffer.from(declared('UTF-16'), 'utf16le').swap16(), undefined],
  ['the declaration where the header is wrong', latin1(declared('ISO-8859-1')), 'text/xml; charset=utf-8'],
  ['Windows-1252 where nothing told is right', latin1(declared('utf-8')), 'text/xml; charset=utf-8'],
  ['UTF-8 where the header names no encoding that exists', Buffer.from(`<a>${TEXT}</a>`), 'text/xml; charset=x-nonsense'],
])('reads %s', (_name, bytes, contentType) => {
  expect(decodeDocument(bytes, contentType)).toContain(`<a>${TEXT}</a>`);
});

test('rejects bytes that are not UTF-8 and name no encoding that exists', () => {
  expect(() => decodeDocument(latin1(`<a>${TEXT}</a>`), 'text/xml; charset=x-nonsense')).toThrow(
    expect.objectContaining({
      name: 'FeedError',
      reason: 'encoding',
      message: "the encoding of a feed must be one of the WHATWG Encoding Standard, got: 'x-nonsense'",
    }),
  );
});
