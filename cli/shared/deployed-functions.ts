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
  /** Name within the group, or deployed name, or ARN. @default - every function */
  readonly name?: string;
  /** @default - every group, and the functions outside groups */
  readonly group?: string;
}

/** Tag with which CloudFormation marks the resources of a stack. */
export const STACK_TAG = 'aws:cloudformation:stack-name';

const DEPLOY_HINT =
  "Deploy the app with 'cdk deploy' and set AWS_PROFILE and AWS_REGION to where it is deployed, or start it on this machine with 'katamari local'.";

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
  return (await listFunctions(target)).filter(({ group }) => group !== undefined);
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
        "Add a function to the app with group.addFunction(…), and watch the output of 'katamari local'.",
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
  const ofGroup = all.filter((fn) => group === undefined || fn.group === group);
  if (group !== undefined && ofGroup.length === 0) {
    throw new CommandError(`group '${group}' not found; available: ${quoteList(all.flatMap((fn) => fn.group ?? [])) || 'none'}`);
  }
  if (name === undefined) return ofGroup;
  const byName = ofGroup.filter((fn) => fn.name === name);
  if (byName.length > 0) return byName;
  const byDeployedName = ofGroup.filter(({ configuration: { functionName, functionArn } }) =>
    [functionName, functionArn].includes(name),
  );
  if (byDeployedName.length > 0) return byDeployedName;
  throw new CommandError(
    `function '${name}' not found; available: ${quoteList(ofGroup.map((fn) => fn.name))}`,
    "Pass the name within the group, the deployed name or the ARN; 'katamari ls' lists them.",
  );
}

/** A client for a function. */
export function clientOf({ configuration }: DeployedFunction, target: Target): FunctionClient {
  return new FunctionClient(configuration.functionName, target.settings);
}

/** The distinct names for a message, quoted. */
export function quoteList(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `'${name}'`).join(', ');
}
