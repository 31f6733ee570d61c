import { FunctionClient, type FunctionConfiguration } from '../../client';
import { CommandError } from '../../engine/errors';
import { ENV_FUNCTION, ENV_GROUP } from '../../lib/runs/constants';
import { list, requireOne } from './discovery';
import type { Target } from './target';

/** Any function of the account and region, of this library or not. */
export interface OperatedFunction {
  /** Name within its group; of a function outside a group the name that this library gave it, else the one that Lambda knows. */
  readonly name: string;
  /** None outside a group. */
  readonly group?: string;
  readonly configuration: FunctionConfiguration;
}

/** Which functions are meant. */
export interface OperatedFilter {
  /** Name within the group, or the name or ARN that Lambda knows. @default - every function */
  readonly name?: string;
  /** @default - every group, and none */
  readonly group?: string;
}

/** Every function, by group and name; those outside a group last. */
export async function listOperated(target: Target): Promise<OperatedFunction[]> {
  const all = (await FunctionClient.list(target.settings)).map(toOperated);
  return all.sort(
    (a, b) =>
      Number(a.group === undefined) - Number(b.group === undefined) ||
      (a.group ?? '').localeCompare(b.group ?? '') ||
      a.name.localeCompare(b.name),
  );
}

function toOperated(configuration: FunctionConfiguration): OperatedFunction {
  const { [ENV_FUNCTION]: name, [ENV_GROUP]: group } = configuration.environment;
  return { name: name || configuration.functionName, group: group || undefined, configuration };
}

/**
 * The functions that are meant, among all of them.
 *
 * @throws CommandError when there is none
 */
export function filterOperated(
  all: readonly OperatedFunction[],
  { name, group }: OperatedFilter,
  where: string,
): OperatedFunction[] {
  const ofGroup = all.filter((candidate) => group === undefined || candidate.group === group);
  if (group !== undefined && ofGroup.length === 0) {
    const groups = all.flatMap((candidate) => candidate.group ?? []);
    throw new CommandError(`no group is named '${group}', there is: ${list(groups) || 'none'}`);
  }
  if (name === undefined) return ofGroup;
  const inGroup = ofGroup.filter((candidate) => candidate.name === name);
  if (inGroup.length > 0) return inGroup;
  const deployed = ofGroup.filter(({ configuration: { functionName, functionArn } }) =>
    [functionName, functionArn].includes(name),
  );
  if (deployed.length > 0) return deployed;
  if (ofGroup.length === 0) {
    throw new CommandError(
      `no function is deployed in ${where}`,
      "Deploy the app with 'cdk deploy', set AWS_PROFILE and AWS_REGION to where it is deployed, or start it on this machine with 'katamari local'.",
    );
  }
  throw new CommandError(
    `no function is named '${name}', there is: ${list(ofGroup.map((candidate) => candidate.name))}`,
    "A function is named as its group names it, or by the name or ARN that Lambda knows: 'katamari ls' shows them.",
  );
}

/**
 * The one function that is meant.
 *
 * @throws CommandError when there is none, or one in each of several groups
 */
export async function findOperated(target: Target, name: string, group?: string): Promise<OperatedFunction> {
  const found = filterOperated(await listOperated(target), { name, group }, target.label);
  if (new Set(found.map((fn) => fn.group)).size === found.length) return requireOne(found, name);
  throw new CommandError(
    `'${name}' is the name of ${found.length} functions: ${list(found.map(({ configuration }) => configuration.functionName))}`,
    'Say which by the name that Lambda knows.',
  );
}

/** A client of a function. */
export function clientOf({ configuration }: OperatedFunction, target: Target): FunctionClient {
  return new FunctionClient(configuration.functionName, target.settings);
}
