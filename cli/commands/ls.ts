import { reasonOf } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { clientOf, type DeployedFunction, filterFunctions, listFunctions } from '../shared/deployed-functions';
import { formatTable, formatTime } from '../shared/format';
import { reachableUrl } from '../shared/local-addresses';
import { note, writeJson } from '../shared/output';
import type { Target } from '../shared/target';

/** Concurrent requests for URLs: Lambda allows 15 a second. */
const CONCURRENCY = 5;

interface LsOptions extends CommonOptions {
  /** Whether to show function URLs. */
  readonly urls?: boolean;
}

/** One function, in the format that `--json` documents. */
interface FunctionJson {
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
  /** Size of the package in bytes. */
  readonly codeSize: number;
  readonly lastModified: string;
  /** Null without a URL, or without `--urls`. */
  readonly url: string | null;
}

interface Row {
  readonly fn: DeployedFunction;
  readonly url?: string;
}

/** Lists functions. */
export async function listAll({ target, output }: CommandContext, { group, urls, json }: LsOptions): Promise<void> {
  const functions = filterFunctions(await listFunctions(target), { group });
  const rows = urls ? await withUrls(functions, target) : functions.map((fn) => ({ fn }));
  if (json) {
    writeJson(output, rows.map(toJson));
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
    urls
      ? { title: 'URL', text: ({ url }: Row) => url ?? '' }
      : {
          title: 'DEPLOYED NAME',
          text: ({ fn }: Row) => (fn.name === fn.configuration.functionName ? '' : fn.configuration.functionName),
          paint: (text: string) => colors.dim(text),
        },
  ];
  // A URL must not be cut.
  for (const line of formatTable(rows, columns, urls ? Number.POSITIVE_INFINITY : width, colors)) output.line(line);
}

async function withUrls(functions: readonly DeployedFunction[], target: Target): Promise<Row[]> {
  const rows: Row[] = [];
  for (let index = 0; index < functions.length; index += CONCURRENCY) {
    const batch = functions.slice(index, index + CONCURRENCY);
    rows.push(...(await Promise.all(batch.map(async (fn) => ({ fn, url: await urlOf(fn, target) })))));
  }
  return rows;
}

async function urlOf(fn: DeployedFunction, target: Target): Promise<string | undefined> {
  try {
    const url = await clientOf(fn, target).url.get();
    return url && reachableUrl(url, target.settings);
  } catch (error) {
    // The others are listed all the same.
    note(`cannot read the URL of ${fn.configuration.functionName}: ${reasonOf(error)}`);
    return undefined;
  }
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
