import type { EventSourceMapping, FunctionAlias, FunctionInfo } from '../../client';
import type { CommandContext, FunctionOptions } from '../shared/command-context';
import { clientOf, type DeployedFunction, findFunction, STACK_TAG } from '../shared/deployed-functions';
import { formatBytes, formatFields, formatTime } from '../shared/format';
import { reachableUrl } from '../shared/local-addresses';
import { writeJson } from '../shared/output';

interface InfoOptions extends FunctionOptions {
  /** Whether to show the values of environment variables, which may be secret. */
  readonly env?: boolean;
}

/** Everything that the command shows of a function. */
interface FunctionDetails {
  readonly fn: DeployedFunction;
  readonly info: FunctionInfo;
  readonly url?: string;
  readonly aliases: readonly FunctionAlias[];
  readonly eventSources: readonly EventSourceMapping[];
}

/** Shows the configuration of a function, and what invokes it. */
export async function showInfo({ target, output }: CommandContext, options: InfoOptions): Promise<void> {
  const fn = await findFunction(target, options.name, options.group);
  const client = clientOf(fn, target);
  const [info, url, aliases, eventSources] = await Promise.all([
    client.info(),
    client.url.get(),
    client.aliases.list(),
    client.eventSources.list(),
  ]);
  const details = { fn, info, url: url && reachableUrl(url, target.settings), aliases, eventSources };
  if (options.json) {
    writeJson(output, toJson(details, options));
    return;
  }
  output.line(output.colors.bold(fn.name));
  for (const line of formatFields(fieldsOf(details, options), output.colors)) output.line(line);
}

function fieldsOf(details: FunctionDetails, options: InfoOptions): [string, string | undefined][] {
  const { fn, info, url, aliases, eventSources } = details;
  const { configuration, tags, reservedConcurrentExecutions: reserved } = info;
  const state = [configuration.state, configuration.stateReason].filter(Boolean).join(': ');
  const update = [configuration.lastUpdateStatus, configuration.lastUpdateStatusReason].filter(Boolean).join(': ');
  const variables = Object.entries(configuration.environment).sort(([a], [b]) => a.localeCompare(b));
  return [
    ['group', fn.group],
    ['deployed name', configuration.functionName],
    ['ARN', configuration.functionArn],
    ['stack', tags[STACK_TAG]],
    ['description', configuration.description],
    ['state', `${state}, last update ${update}`],
    [
      'runtime',
      configuration.runtime && `${configuration.runtime} on ${configuration.architecture}, handler ${configuration.handler}`,
    ],
    ['image', info.imageUri && `${info.imageUri} on ${configuration.architecture}`],
    ['limits', `${configuration.memorySize} MiB, ${configuration.timeout} s, ${configuration.ephemeralStorageSize} MiB of /tmp`],
    ['reserved', reserved === undefined ? undefined : `${reserved} concurrent executions`],
    ['package', `${formatBytes(configuration.codeSize)}, modified ${formatTime(configuration.lastModified.getTime())}`],
    ['role', configuration.role],
    ['log group', configuration.logGroup],
    ['tracing', configuration.tracingMode],
    ['URL', url],
    ['layers', configuration.layers.join(', ')],
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
  const versions = [[functionVersion, rest] as const, ...others].map(
    ([version, weight]) => `${version} (${Math.round(weight * 100)} %)`,
  );
  return `${name} → ${versions.join(', ')}`;
}

function toJson({ fn, info, url, aliases, eventSources }: FunctionDetails, options: InfoOptions): Record<string, unknown> {
  const { configuration, tags } = info;
  return {
    function: fn.name,
    group: fn.group ?? null,
    functionName: configuration.functionName,
    functionArn: configuration.functionArn,
    stackName: tags[STACK_TAG] ?? null,
    description: configuration.description,
    state: configuration.state,
    lastUpdateStatus: configuration.lastUpdateStatus,
    runtime: configuration.runtime ?? null,
    handler: configuration.handler ?? null,
    imageUri: info.imageUri ?? null,
    architecture: configuration.architecture,
    memorySize: configuration.memorySize,
    timeout: configuration.timeout,
    ephemeralStorageSize: configuration.ephemeralStorageSize,
    reservedConcurrentExecutions: info.reservedConcurrentExecutions ?? null,
    codeSize: configuration.codeSize,
    codeSha256: configuration.codeSha256,
    lastModified: configuration.lastModified.toISOString(),
    role: configuration.role,
    logGroup: configuration.logGroup,
    tracingMode: configuration.tracingMode,
    url: url ?? null,
    layers: configuration.layers,
    aliases: aliases.map(({ name, functionVersion, routing }) => ({ name, functionVersion, routing })),
    eventSources: eventSources.map(({ eventSourceArn, state }) => ({ eventSourceArn, state })),
    tags,
    environment: Object.fromEntries(
      Object.entries(configuration.environment).map(([name, value]) => [name, options.env ? value : null]),
    ),
  };
}
