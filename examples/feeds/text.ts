/** Longest title to keep, in characters. */
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

/** Puts a text on one line, without control characters, and cuts it to 300 characters. */
export function cleanText(text: string | undefined): string {
  const line = (text ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim();
  // Cuts by code points, so that no surrogate pair is split.
  return line.length <= TEXT_MAX
    ? line
    : `${Array.from(line.slice(0, TEXT_MAX * 2))
        .slice(0, TEXT_MAX - 1)
        .join('')}…`;
}

/** Removes the markup of an HTML text for display. The result is not safe to insert into a page. */
export function plainTextOf(html: string | undefined): string {
  return (html ?? '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hexadecimal, name) => {
      if (name) return ENTITIES.get(name.toLowerCase()) ?? whole;
      const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16);
      return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
    });
}

/** Resolves a link to an absolute URL; undefined when it is not http or https, or too long. */
export function absoluteLink(link: string | undefined, base: string): string | undefined {
  const text = link?.trim();
  if (!text || !URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  if (!['http:', 'https:'].includes(url.protocol) || url.href.length > URL_MAX) return undefined;
  return url.href;
}
