import { createHash } from 'node:crypto';
import { MalformedError, parseFeed } from 'feedsmith';
import { FeedError } from './feed-error';
import { absoluteLink, cleanText, plainTextOf } from './text';

/** Most items to read from one feed, from its beginning. */
export const MAX_ITEMS = 500;

const UNTITLED = '(untitled)';

/** One item of a feed. */
export interface FeedItem {
  /** Identifies the item in every pull: its id, else its link, else a hash of its content. */
  readonly id: string;
  readonly title: string;
  /** Absolute http or https URL. */
  readonly link?: string;
  /** ISO 8601 in UTC. */
  readonly publishedAt?: string;
}

/** A parsed feed. */
export interface ParsedFeed {
  readonly format: 'rss' | 'rdf' | 'atom';
  readonly title: string;
  /** In the order of the document, without duplicate keys. */
  readonly items: readonly FeedItem[];
  /** Number of items without id, link, title, date or text, which are left out. */
  readonly unidentified: number;
}

interface RawItem {
  readonly id?: string;
  readonly title?: string;
  readonly link?: string;
  readonly text?: string;
  readonly date?: string;
  /** `xml:base` of the item. */
  readonly base?: string;
}

interface RawFeed {
  readonly format: ParsedFeed['format'];
  readonly title?: string;
  /** Base of the relative links of items. It may itself be relative to the URL of the feed. */
  readonly base?: string;
  readonly items: readonly RawItem[];
}

/**
 * Parses RSS (0.9x and 2.0), RSS 1.0 (RDF) and Atom.
 *
 * @param url URL of the document, the base of its relative links
 * @throws FeedError when the document is not a feed
 */
export function readFeed(text: string, url: string): ParsedFeed {
  const raw = parse(text);
  const base = absoluteLink(raw.base, url) ?? url;
  const items = new Map<string, FeedItem>();
  let unidentified = 0;
  for (const rawItem of raw.items) {
    const item = toItem(rawItem, base);
    if (!item) unidentified++;
    else if (!items.has(item.id)) items.set(item.id, item);
  }
  return { format: raw.format, title: cleanText(raw.title) || url, items: [...items.values()], unidentified };
}

function toItem(raw: RawItem, feedBase: string): FeedItem | undefined {
  const base = absoluteLink(raw.base, feedBase) ?? feedBase;
  const link = absoluteLink(raw.link, base);
  const content = [raw.title, raw.text, raw.date].map(cleanText);
  const id = raw.id?.trim() || link || (content.some(Boolean) ? hashOf(content) : undefined);
  if (!id) return undefined;
  return {
    id,
    title: cleanText(raw.title) || cleanText(plainTextOf(raw.text)) || link || UNTITLED,
    ...(link && { link }),
    ...(raw.date && { publishedAt: raw.date }),
  };
}

function hashOf(parts: readonly string[]): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

function parse(text: string): RawFeed {
  let parsed: ReturnType<typeof parseFeed<string | undefined>>;
  try {
    parsed = parseFeed(text, { maxItems: MAX_ITEMS, parseDateFn: isoDate });
  } catch (cause) {
    if (cause instanceof MalformedError) {
      throw new FeedError('malformed', `a feed must be well-formed XML, got: ${cleanText(messageOf(cause.cause))}`, { cause });
    }
    throw new FeedError('not-a-feed', `a feed must be RSS, RDF or Atom, got: ${startOf(text)}`, { cause });
  }
  switch (parsed.format) {
    case 'rss':
      return {
        format: 'rss',
        title: parsed.feed.title,
        base: parsed.feed.xml?.base ?? parsed.feed.link,
        items: (parsed.feed.items ?? []).map((item) => ({
          id: item.guid?.value,
          title: item.title,
          // A guid is a link unless isPermaLink is false, but many feeds leave that out.
          link: item.link ?? (item.guid?.isPermaLink !== false && isWebAddress(item.guid?.value) ? item.guid?.value : undefined),
          text: item.description,
          date: item.pubDate ?? item.dc?.dates?.[0],
          base: item.xml?.base,
        })),
      };
    case 'rdf':
      return {
        format: 'rdf',
        title: parsed.feed.title,
        base: parsed.feed.xml?.base ?? parsed.feed.link,
        items: (parsed.feed.items ?? []).map((item) => ({
          id: item.rdf?.about,
          title: item.title,
          link: item.link,
          text: item.description,
          date: item.dc?.dates?.[0],
          base: item.xml?.base,
        })),
      };
    case 'atom':
      return {
        format: 'atom',
        title: textOf(parsed.feed.title),
        base: parsed.feed.xml?.base,
        items: (parsed.feed.entries ?? []).map((entry) => ({
          id: entry.id,
          title: textOf(entry.title),
          link: (entry.links?.find(({ rel }) => rel === undefined || rel === 'alternate') ?? entry.links?.[0])?.href,
          text: entry.summary?.value ?? entry.content?.value,
          date: entry.published ?? entry.updated,
          base: entry.xml?.base,
        })),
      };
    default:
      throw new FeedError('not-a-feed', 'a feed must be RSS, RDF or Atom, got: JSON Feed');
  }
}

/** Text of an Atom construct, which may be HTML. */
function textOf(text: { readonly value?: string; readonly type?: string } | undefined): string | undefined {
  return text?.type === 'html' || text?.type === 'xhtml' ? plainTextOf(text.value) : text?.value;
}

function isWebAddress(text = ''): boolean {
  return /^https?:\/\//i.test(text.trim());
}

function isoDate(raw: string): string | undefined {
  const time = Date.parse(raw);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function startOf(text: string): string {
  const start = cleanText(text).slice(0, 60);
  return start === '' ? 'an empty document' : `'${start}'`;
}
