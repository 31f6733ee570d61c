import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './errors';
import type { Environment } from './ministack';

/** A CloudFormation template, as far as the command looks into it. */
export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value?: unknown; readonly Description?: string }>>;
  readonly [section: string]: unknown;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

/** A stack that the app synthesized. */
export interface AssemblyStack {
  /** Name that it is deployed under. */
  readonly stackName: string;
  /** Such as `aws://000000000000/us-east-1`. */
  readonly environment: string;
  readonly template: Template;
}

/** What the app synthesized. */
export interface Assembly {
  readonly directory: string;
  /** The stacks of the app, those of its stages too. */
  readonly stacks: readonly AssemblyStack[];
}

/** Account and region of a stack; of one that names none, those of `fallback`. */
export function environmentOfStack({ environment }: Pick<AssemblyStack, 'environment'>, fallback: Environment): Environment {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  const known = (text: string) => text !== '' && !text.startsWith('unknown-');
  return { account: known(account) ? account : fallback.account, region: known(region) ? region : fallback.region };
}

/**
 * The account and region that an app is for: what its stacks name, else those of `fallback`. Of several regions the first.
 *
 * @throws CommandError when its stacks name several accounts
 */
export function environmentOfApp(stacks: readonly Pick<AssemblyStack, 'environment'>[], fallback: Environment): Environment {
  const nothing = { account: '', region: '' };
  const environments = stacks.map((stack) => environmentOfStack(stack, nothing));
  const accounts = [...new Set(environments.map(({ account }) => account).filter((account) => account !== ''))];
  if (accounts.length > 1) {
    throw new CommandError(
      `the local run deploys into one account, the stacks of the app name: ${accounts.join(', ')}`,
      "Use process.env.CDK_DEFAULT_ACCOUNT for the account of a stack, or leave it out where the context 'katamari:local' is set.",
    );
  }
  const region = environments.find((environment) => environment.region !== '')?.region;
  return { account: accounts[0] ?? fallback.account, region: region ?? fallback.region };
}

interface Manifest {
  readonly artifacts?: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly environment?: string;
        readonly properties?: { readonly stackName?: string; readonly templateFile?: string; readonly directoryName?: string };
      }
    >
  >;
}

/** Reads a cloud assembly, such as `cdk.out`. */
export function readAssembly(directory: string): Assembly {
  return { directory, stacks: readAssemblies(directory).flatMap(({ stacks }) => stacks) };
}

/** A cloud assembly and those of its stages, each with the stacks of its own. */
export function readAssemblies(directory: string): Assembly[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as Manifest;
  const stacks: AssemblyStack[] = [];
  const nested: Assembly[] = [];
  for (const [id, { type, environment = '', properties = {} }] of Object.entries(manifest.artifacts ?? {})) {
    if (type === 'aws:cloudformation:stack' && properties.templateFile) {
      const template = JSON.parse(readFileSync(join(directory, properties.templateFile), 'utf8')) as Template;
      stacks.push({ stackName: properties.stackName ?? id, environment, template });
    }
    if (type === 'cdk:cloud-assembly' && properties.directoryName) {
      nested.push(...readAssemblies(join(directory, properties.directoryName)));
    }
  }
  return [{ directory, stacks }, ...nested];
}

/** What a deploy has to do to get from one assembly to another. */
export type Difference = 'none' | 'code' | 'structure';

/** Compares two assemblies: nothing differs, only the code of functions does, or anything else. */
export function compareAssemblies(before: Assembly, after: Assembly): Difference {
  const contents = (assembly: Assembly, masked: boolean) =>
    JSON.stringify(
      [...assembly.stacks]
        .sort((a, b) => a.stackName.localeCompare(b.stackName))
        .map(({ stackName, environment, template }) => ({
          stackName,
          environment,
          template: masked ? maskCode(template) : template,
        })),
    );
  if (contents(before, false) === contents(after, false)) return 'none';
  return contents(before, true) === contents(after, true) ? 'code' : 'structure';
}

/** The template without what says which code its functions have. */
function maskCode(template: Template): Template {
  const resources = Object.entries(template.Resources ?? {}).map(([id, resource]) => {
    const code = resource.Type === 'AWS::Lambda::Function' && resource.Properties?.Code;
    if (!code) return [id, resource] as const;
    return [
      id,
      {
        ...resource,
        Properties: { ...resource.Properties, Code: Object.keys(code).sort() },
        Metadata: { ...resource.Metadata, 'aws:asset:path': undefined },
      },
    ] as const;
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}
