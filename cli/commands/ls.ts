import type { CommandContext, CommonOptions } from '../shared/command-context';
import { formatTable, formatTime } from '../shared/format';
import { localUrl } from '../shared/local-addresses';
import { clientOf, filterOperated, listOperated, type OperatedFunction } from '../shared/operated-functions';
import type { Target } from '../shared/target';

/** URLs that are asked for at a time: Lambda takes 15 such requests a second. */
const AT_A_TIME = 5;

export interface LsOptions extends CommonOptions {
  /** Whether to ask for the URL of each function. */
  readonly urls?: boolean;
}

/** One function, in the form that `--json` promises. */
export interface FunctionJson {
  readonly function: string;
  /** Null outside a group. */
  readonly group: string | null;
  readonly functionName: string;
  /** Null for an image. */
  readonly runtime: string | null;
  readonly architecture: string;
  /** MiB. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  /** Bytes of the package. */
  readonly codeSize: number;
  readonly lastModified: string;
  /** Null where it has none, or `--urls` was not said. */
  readonly url: string | null;
}

interface Row {
  readonly fn: OperatedFunction;
  readonly url?: string;
}

/** Lists functions. */
export async function listAll({ target, output }: CommandContext, options: LsOptions): Promise<void> {
  const functions = filterOperated(await listOperated(target), { group: options.group }, target.label);
  const rows = options.urls ? await withUrls(functions, target) : functions.map((fn) => ({ fn }));
  if (options.json) {
    output.line(JSON.stringify(rows.map(toJson), undefined, 2));
    return;
  }
  if (rows.length === 0) {
    output.line(`no function is deployed on ${target.label}`);
    return;
  }
  const { colors, width } = output;
  const columns = [
    { title: 'FUNCTION', text: ({ fn }: Row) => fn.name, paint: (text: string) => colors.bold(text) },
    { title: 'GROUP', text: ({ fn }: Row) => fn.group ?? '' },
    { title: 'RUNTIME', text: ({ fn }: Row) => fn.configuration.runtime ?? 'image' },
    { title: 'MEMORY', text: ({ fn }: Row) => `${fn.configuration.memorySize} MiB` },
    { title: 'MODIFIED', text: ({ fn }: Row) => formatTime(fn.configuration.lastModified.getTime()) },
    options.urls
      ? { title: 'URL', text: ({ url }: Row) => url ?? '' }
      : {
          title: 'DEPLOYED NAME',
          text: ({ fn }: Row) => (fn.name === fn.configuration.functionName ? '' : fn.configuration.functionName),
          paint: (text: string) => colors.dim(text),
        },
  ];
  // A URL that is cut leads nowhere.
  for (const line of formatTable(rows, columns, options.urls ? Number.POSITIVE_INFINITY : width, colors)) output.line(line);
}

async function withUrls(functions: readonly OperatedFunction[], target: Target): Promise<Row[]> {
  const rows: Row[] = [];
  for (let index = 0; index < functions.length; index += AT_A_TIME) {
    const some = functions.slice(index, index + AT_A_TIME);
    rows.push(...(await Promise.all(some.map(async (fn) => ({ fn, url: await urlOf(fn, target) })))));
  }
  return rows;
}

/** The URL of a function as this machine reaches it; undefined where it has none. */
export async function urlOf(fn: OperatedFunction, target: Target): Promise<string | undefined> {
  const url = await clientOf(fn, target).url.get();
  return url && target.settings.endpoint ? localUrl(url, target.settings.endpoint) : url;
}

function toJson({ fn: { name, group, configuration }, url }: Row): FunctionJson {
  return {
    function: name,
    group: group ?? null,
    functionName: configuration.functionName,
    runtime: configuration.runtime ?? null,
    architecture: configuration.architecture,
    memorySize: configuration.memorySize,
    timeout: configuration.timeout,
    codeSize: configuration.codeSize,
    lastModified: configuration.lastModified.toISOString(),
    url: url ?? null,
  };
}
