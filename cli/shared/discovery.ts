import { type FunctionConfiguration, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CommandError } from '../../engine/errors';
import { ENV_EVENT_BUS } from '../../lib/event/constants';
import { ENV_FUNCTION, ENV_GROUP, ENV_RUN_TABLE } from '../../lib/runs/constants';
import type { Target } from './target';

/** A function of a group, as it is deployed. */
export interface DeployedFunction {
  /** Name within its group: what the user calls it. */
  readonly name: string;
  readonly group: string;
  /** Name that Lambda knows. */
  readonly functionName: string;
  readonly logGroup: string;
  /** None where its runs are not tracked. */
  readonly runTable?: string;
  readonly eventBus?: string;
}

/** Which functions are meant. */
export interface FunctionFilter {
  /** Name within the group. @default - every function */
  readonly name?: string;
  /** @default - every group */
  readonly group?: string;
}

/** Every function of a group that is deployed, by group and name. */
export async function listFunctions(target: Target): Promise<DeployedFunction[]> {
  const client = new LambdaClient(target.settings);
  const found: DeployedFunction[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListFunctionsCommand({ Marker }));
    for (const configuration of page.Functions ?? []) {
      const deployed = toDeployedFunction(configuration);
      if (deployed) found.push(deployed);
    }
    Marker = page.NextMarker || undefined;
  } while (Marker);
  return found.sort((a, b) => a.group.localeCompare(b.group) || a.name.localeCompare(b.name));
}

/** None for a function that is not one of a group: somebody else's, or one that this library brings itself. */
export function toDeployedFunction(configuration: FunctionConfiguration): DeployedFunction | undefined {
  const variables = configuration.Environment?.Variables ?? {};
  const name = variables[ENV_FUNCTION];
  const group = variables[ENV_GROUP];
  const { FunctionName: functionName, LoggingConfig } = configuration;
  if (!name || !group || !functionName) return undefined;
  return {
    name,
    group,
    functionName,
    logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
    runTable: variables[ENV_RUN_TABLE],
    eventBus: variables[ENV_EVENT_BUS],
  };
}

/**
 * The functions that are meant.
 *
 * @throws CommandError when there is none
 */
export async function findFunctions(target: Target, filter: FunctionFilter): Promise<DeployedFunction[]> {
  const all = await listFunctions(target);
  if (all.length === 0) {
    throw target.kind === 'local'
      ? new CommandError(
          `no function of a FunctionGroup is deployed in ${target.label}`,
          "Add one with group.addFunction(…): see the output of 'katamari local'.",
        )
      : new CommandError(
          'no function of a FunctionGroup is deployed in this account and region of AWS',
          "Deploy the app with 'cdk deploy', set AWS_PROFILE and AWS_REGION to where it is deployed, or start it on this machine with 'katamari local'.",
        );
  }
  return filterFunctions(all, filter);
}

/** @throws CommandError when none is left */
export function filterFunctions(all: readonly DeployedFunction[], { name, group }: FunctionFilter): DeployedFunction[] {
  const ofGroup = all.filter((candidate) => group === undefined || candidate.group === group);
  if (ofGroup.length === 0) {
    throw new CommandError(`no group is named '${group}', there is: ${list(all.map((candidate) => candidate.group))}`);
  }
  const found = ofGroup.filter((candidate) => name === undefined || candidate.name === name);
  if (found.length > 0) return found;
  const exact = ofGroup.filter((candidate) => candidate.functionName === name);
  if (exact.length > 0) return exact;
  throw new CommandError(`no function is named '${name}', there is: ${list(ofGroup.map((candidate) => candidate.name))}`);
}

/**
 * The one function that is meant.
 *
 * @throws CommandError when there is none, or one in each of several groups
 */
export async function findFunction(target: Target, name: string, group?: string): Promise<DeployedFunction> {
  return requireOne(await findFunctions(target, { name, group }), name);
}

/** @throws CommandError when there are several */
export function requireOne<Found extends { readonly group?: string }>(found: readonly Found[], name: string): Found {
  if (found.length > 1) {
    throw new CommandError(
      `'${name}' is the name of a function in ${found.length} groups: ${list(found.flatMap((candidate) => candidate.group ?? []))}`,
      `Say which with --group, such as --group '${found[0]?.group}'.`,
    );
  }
  return found[0] as Found;
}

/** Names for a message, each once. */
export function list(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `'${name}'`).join(', ');
}
