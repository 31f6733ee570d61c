/** Longest title that is kept, in characters. */
const TEXT_MAX = 300;
const URL_MAX = 2000;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

/** A text on one line, without control characters, at most 300 characters long. */
export function cleanText(text: string | undefined): string {
  const line = (text ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim();
  // By code points: half of a surrogate pair is no text.
  return line.length <= TEXT_MAX
    ? line
    : `${Array.from(line.slice(0, TEXT_MAX * 2))
        .slice(0, TEXT_MAX - 1)
        .join('')}…`;
}

/** The words of an HTML text. For display alone: what comes of it is not safe to put into a page. */
export function plainTextOf(html: string | undefined): string {
  return (html ?? '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hexadecimal, name) => {
      if (name) return ENTITIES.get(name.toLowerCase()) ?? whole;
      const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16);
      return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
    });
}

/** The link as an absolute URL; undefined where it is not one of the web, or too long. */
export function absoluteLink(link: string | undefined, base: string): string | undefined {
  const text = link?.trim();
  if (!text || !URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  if (!['http:', 'https:'].includes(url.protocol) || url.href.length > URL_MAX) return undefined;
  return url.href;
}
