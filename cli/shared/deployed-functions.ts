import { FunctionClient, type FunctionConfiguration } from '../../client';
import { CommandError } from '../../engine/errors';
import { ENV_EVENT_BUS } from '../../lib/event/constants';
import { ENV_FUNCTION, ENV_GROUP, ENV_RUN_TABLE } from '../../lib/runs/constants';
import type { Target } from './target';

/** A deployed function, of this library or not. */
export interface DeployedFunction {
  /** Name within its group. Outside a group, the name that its construct has, else its deployed name. */
  readonly name: string;
  /** Undefined outside a group. */
  readonly group?: string;
  /** Name of its run table; undefined when its runs are not tracked. */
  readonly runTable?: string;
  /** Name of the event bus of its group. */
  readonly eventBus?: string;
  readonly configuration: FunctionConfiguration;
}

/** Which functions to find. */
interface FunctionFilter {
  /** Name within the group, the same with the last parts of the group, deployed name, or ARN. @default - every function */
  readonly name?: string;
  /** Path of a group, or its last parts. @default - every group, and the functions outside groups */
  readonly group?: string;
}

/** Tag with which CloudFormation marks the resources of a stack. */
export const STACK_TAG = 'aws:cloudformation:stack-name';

const DEPLOY_HINT =
  "Deploy the app with 'cdk deploy' and set AWS_PROFILE and AWS_REGION to where it is deployed, or start it on this machine with 'npx cdk-katamari local'.";

/** Lists every function, by group and name. Functions outside groups come last. */
export async function listFunctions(target: Target): Promise<DeployedFunction[]> {
  const all = (await FunctionClient.list(target.settings)).map(toDeployedFunction);
  return all.sort(
    (a, b) =>
      Number(a.group === undefined) - Number(b.group === undefined) ||
      (a.group ?? '').localeCompare(b.group ?? '') ||
      a.name.localeCompare(b.name),
  );
}

/** Lists the functions of groups, by group and name. */
export async function listGroupFunctions(target: Target): Promise<DeployedFunction[]> {
  return (await listFunctions(target)).filter(isInGroup);
}

/** Whether a function belongs to a group. */
export function isInGroup({ group }: DeployedFunction): boolean {
  return group !== undefined;
}

/** How to call each function: by its name, with as much of its group as tells it from the others. */
export function labelsOf(functions: readonly DeployedFunction[]): Map<DeployedFunction, string> {
  return new Map(functions.map((fn) => [fn, labelOf(fn, functions)]));
}

function labelOf(fn: DeployedFunction, functions: readonly DeployedFunction[]): string {
  const others = functions.filter((other) => other !== fn);
  const parts = pathOf(fn).split('/');
  const ends = parts.map((_, index) => parts.slice(-index - 1).join('/'));
  return ends.find((end) => others.every((other) => !isEndOf(end, pathOf(other)))) ?? pathOf(fn);
}

function pathOf({ name, group }: Pick<DeployedFunction, 'name' | 'group'>): string {
  return group === undefined ? name : `${group}/${name}`;
}

/** Whether a text is a path, or its last parts. */
function isEndOf(end: string, path: string): boolean {
  return path === end || path.endsWith(`/${end}`);
}

function toDeployedFunction(configuration: FunctionConfiguration): DeployedFunction {
  const { environment, functionName } = configuration;
  return {
    name: environment[ENV_FUNCTION] || functionName,
    group: environment[ENV_GROUP] || undefined,
    runTable: environment[ENV_RUN_TABLE],
    eventBus: environment[ENV_EVENT_BUS],
    configuration,
  };
}

/**
 * Finds functions among those of groups.
 *
 * @throws CommandError when none is found
 */
export async function findGroupFunctions(target: Target, filter: FunctionFilter): Promise<DeployedFunction[]> {
  const all = await listGroupFunctions(target);
  if (all.length > 0) return filterFunctions(all, filter);
  throw target.kind === 'local'
    ? new CommandError(
        `no function of a FunctionGroup is deployed in ${target.label}`,
        "Add a function to the app with group.addFunction(…), and watch the output of 'npx cdk-katamari local'.",
      )
    : new CommandError('no function of a FunctionGroup is deployed in this AWS account and region', DEPLOY_HINT);
}

/**
 * Finds the functions of a name among all functions.
 *
 * @throws CommandError when none is found
 */
export async function findFunctions(target: Target, name: string, group?: string): Promise<DeployedFunction[]> {
  const all = await listFunctions(target);
  if (all.length > 0) return filterFunctions(all, { name, group });
  throw new CommandError(`no function is deployed in ${target.label}`, DEPLOY_HINT);
}

/**
 * Finds one function among all functions.
 *
 * @throws CommandError when none or several have the name
 */
export async function findFunction(target: Target, name: string, group?: string): Promise<DeployedFunction> {
  const found = await findFunctions(target, name, group);
  const [first] = found;
  if (first && found.length === 1) return first;
  const groups = new Set(found.map((fn) => fn.group));
  if (groups.size < found.length || groups.has(undefined)) {
    throw new CommandError(
      `${found.length} functions have the name '${name}': ${quoteList(found.map(({ configuration }) => configuration.functionName))}`,
      'Pass the deployed name instead.',
    );
  }
  throw new CommandError(
    `function '${name}' exists in ${found.length} groups: ${quoteList(found.flatMap((fn) => fn.group ?? []))}`,
    `Pass --group, such as --group '${first?.group}'.`,
  );
}

/** @throws CommandError when none is left */
export function filterFunctions(all: readonly DeployedFunction[], { name, group }: FunctionFilter): DeployedFunction[] {
  const ofGroup = group === undefined ? all : functionsOfGroup(all, group);
  if (name === undefined) return [...ofGroup];
  const byName = ofGroup.filter((fn) => fn.name === name);
  if (byName.length > 0) return byName;
  const byPath = ofGroup.filter((fn) => isInGroup(fn) && isEndOf(name, pathOf(fn)));
  if (byPath.length > 0) return byPath;
  const byDeployedName = ofGroup.filter(({ configuration: { functionName, functionArn } }) =>
    [functionName, functionArn].includes(name),
  );
  if (byDeployedName.length > 0) return byDeployedName;
  throw new CommandError(
    `function '${name}' not found; available: ${quoteList(ofGroup.map((fn) => fn.name))}`,
    "Pass the name within the group, the deployed name or the ARN; 'npx cdk-katamari ls' lists them.",
  );
}

function functionsOfGroup(all: readonly DeployedFunction[], wanted: string): DeployedFunction[] {
  const paths = [...new Set(all.flatMap(({ group }) => group ?? []))];
  const close = paths.filter((path) => isEndOf(wanted, path));
  const found = close.includes(wanted) ? wanted : close[0];
  if (found === undefined) throw new CommandError(`group '${wanted}' not found; available: ${quoteList(paths) || 'none'}`);
  if (found !== wanted && close.length > 1) {
    throw new CommandError(
      `${close.length} groups end in '${wanted}': ${quoteList(close)}`,
      `Pass more of the path, such as --group '${found}'.`,
    );
  }
  return all.filter(({ group }) => group === found);
}

/** A client for a function. */
export function clientOf({ configuration }: DeployedFunction, target: Target): FunctionClient {
  return new FunctionClient(configuration.functionName, target.settings);
}

/** The distinct names for a message, quoted. */
export function quoteList(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `'${name}'`).join(', ');
}
