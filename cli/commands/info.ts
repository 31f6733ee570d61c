import type { EventSourceMapping, FunctionAlias, FunctionInfo } from '../../client';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { formatBytes, formatFields, formatTime } from '../shared/format';
import { clientOf, findOperated, type OperatedFunction } from '../shared/operated-functions';
import { STACK_TAG } from './delete';
import { urlOf } from './ls';

export interface InfoOptions extends CommonOptions {
  /** Whether to show the values of environment variables: they may be secret. */
  readonly env?: boolean;
}

/** What is known of a function. */
interface Known {
  readonly fn: OperatedFunction;
  readonly info: FunctionInfo;
  readonly url?: string;
  readonly aliases: readonly FunctionAlias[];
  readonly eventSources: readonly EventSourceMapping[];
}

/** Shows the configuration of a function, and what leads to it. */
export async function showInfo({ target, output }: CommandContext, name: string, options: InfoOptions): Promise<void> {
  const fn = await findOperated(target, name, options.group);
  const client = clientOf(fn, target);
  const [info, url, aliases, eventSources] = await Promise.all([
    client.info(),
    urlOf(fn, target),
    client.aliases.list(),
    client.eventSources.list(),
  ]);
  const known = { fn, info, url, aliases, eventSources };
  if (options.json) {
    output.line(JSON.stringify(toJson(known, options), undefined, 2));
    return;
  }
  output.line(output.colors.bold(fn.name));
  for (const line of formatFields(fieldsOf(known, options), output.colors)) output.line(line);
}

function fieldsOf({ fn, info, url, aliases, eventSources }: Known, options: InfoOptions): [string, string | undefined][] {
  const { configuration: is, tags, reservedConcurrentExecutions: reserved } = info;
  const state = [is.state, is.stateReason].filter(Boolean).join(': ');
  const update = [is.lastUpdateStatus, is.lastUpdateStatusReason].filter(Boolean).join(': ');
  const variables = Object.entries(is.environment).sort(([a], [b]) => a.localeCompare(b));
  return [
    ['group', fn.group],
    ['deployed name', is.functionName],
    ['ARN', is.functionArn],
    ['stack', tags[STACK_TAG]],
    ['description', is.description],
    ['state', `${state}, last update ${update}`],
    ['runtime', is.runtime && `${is.runtime} on ${is.architecture}, handler ${is.handler}`],
    ['image', info.imageUri && `${info.imageUri} on ${is.architecture}`],
    ['limits', `${is.memorySize} MiB, ${is.timeout} s, ${is.ephemeralStorageSize} MiB of /tmp`],
    ['reserved', reserved === undefined ? undefined : `${reserved} concurrent executions`],
    ['package', `${formatBytes(is.codeSize)}, modified ${formatTime(is.lastModified.getTime())}`],
    ['role', is.role],
    ['log group', is.logGroup],
    ['tracing', is.tracingMode],
    ['URL', url],
    ['layers', is.layers.join(', ')],
    ['aliases', aliases.map(describeAlias).join(', ')],
    ['event sources', eventSources.map(({ eventSourceArn, state }) => `${eventSourceArn} (${state})`).join(', ')],
    ...variables.map(([name, value], index): [string, string] => [
      index === 0 ? 'environment' : ' ',
      options.env ? `${name}=${value}` : name,
    ]),
  ];
}

/** `live → 3`, or `live → 3 (90 %), 4 (10 %)`. */
function describeAlias({ name, functionVersion, routing }: FunctionAlias): string {
  const others = Object.entries(routing);
  if (others.length === 0) return `${name} → ${functionVersion}`;
  const rest = 1 - others.reduce((sum, [, weight]) => sum + weight, 0);
  const parts = [[functionVersion, rest] as const, ...others].map(
    ([version, part]) => `${version} (${Math.round(part * 100)} %)`,
  );
  return `${name} → ${parts.join(', ')}`;
}

function toJson({ fn, info, url, aliases, eventSources }: Known, options: InfoOptions): Record<string, unknown> {
  const { configuration: is, tags } = info;
  return {
    function: fn.name,
    group: fn.group ?? null,
    functionName: is.functionName,
    functionArn: is.functionArn,
    stackName: tags[STACK_TAG] ?? null,
    description: is.description,
    state: is.state,
    lastUpdateStatus: is.lastUpdateStatus,
    runtime: is.runtime ?? null,
    handler: is.handler ?? null,
    imageUri: info.imageUri ?? null,
    architecture: is.architecture,
    memorySize: is.memorySize,
    timeout: is.timeout,
    ephemeralStorageSize: is.ephemeralStorageSize,
    reservedConcurrentExecutions: info.reservedConcurrentExecutions ?? null,
    codeSize: is.codeSize,
    codeSha256: is.codeSha256,
    lastModified: is.lastModified.toISOString(),
    role: is.role,
    logGroup: is.logGroup,
    tracingMode: is.tracingMode,
    url: url ?? null,
    layers: is.layers,
    aliases: aliases.map(({ name, functionVersion, routing }) => ({ name, functionVersion, routing })),
    eventSources: eventSources.map(({ eventSourceArn, state }) => ({ eventSourceArn, state })),
    tags,
    environment: Object.fromEntries(Object.entries(is.environment).map(([name, value]) => [name, options.env ? value : null])),
  };
}
