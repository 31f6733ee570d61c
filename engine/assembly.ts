import { join } from 'node:path';
import * as z from 'zod/mini';
import { CommandError } from './errors';
import type { Environment } from './ministack';
import { readJson } from './read-json';

/** The parts of a CloudFormation template that this package reads. */
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
  /** Name of the deployed stack. */
  readonly stackName: string;
  /** Such as `aws://000000000000/us-east-1`. */
  readonly environment: string;
  readonly template: Template;
}

/** A cloud assembly: what an app synthesized. */
export interface Assembly {
  readonly directory: string;
  /** The stacks of the app, including those of its stages. */
  readonly stacks: readonly AssemblyStack[];
  /** Whether values of context lookups are missing: the app must be synthesized again when they are known. */
  readonly incomplete: boolean;
}

/** Account and region of a stack, otherwise from `fallback`. */
export function environmentOfStack({ environment }: Pick<AssemblyStack, 'environment'>, fallback: Environment): Environment {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  const known = (text: string) => text !== '' && !text.startsWith('unknown-');
  return { account: known(account) ? account : fallback.account, region: known(region) ? region : fallback.region };
}

/**
 * Account and region of an app: from its stacks, otherwise from `fallback`. When the stacks name several regions, the first is used.
 *
 * @throws CommandError when the stacks name several accounts
 */
export function environmentOfApp(stacks: readonly Pick<AssemblyStack, 'environment'>[], fallback: Environment): Environment {
  const nothing = { account: '', region: '' };
  const environments = stacks.map((stack) => environmentOfStack(stack, nothing));
  const accounts = [...new Set(environments.map(({ account }) => account).filter((account) => account !== ''))];
  if (accounts.length > 1) {
    throw new CommandError(
      `all stacks of a local deploy must be in one account, got: ${accounts.join(', ')}`,
      "Set the account of your stacks to process.env.CDK_DEFAULT_ACCOUNT, or leave it out when the context 'katamari:local' is set.",
    );
  }
  const region = environments.find((environment) => environment.region !== '')?.region;
  return { account: accounts[0] ?? fallback.account, region: region ?? fallback.region };
}

/** The parts of the manifest of a cloud assembly that this package reads. */
const MANIFEST = z.object({
  version: z.string(),
  missing: z.optional(z.array(z.unknown())),
  artifacts: z.optional(
    z.record(
      z.string(),
      z.object({
        type: z.string(),
        environment: z.optional(z.string()),
        properties: z.optional(
          z.object({
            stackName: z.optional(z.string()),
            templateFile: z.optional(z.string()),
            directoryName: z.optional(z.string()),
          }),
        ),
      }),
    ),
  ),
});

/** A template keeps all of its sections; only the shape of the resources and outputs is checked. */
const TEMPLATE = z.looseObject({
  // A loop (Fn::ForEach) is a list, and a macro (Fn::Transform) has no type.
  Resources: z.optional(z.record(z.string(), z.union([z.looseObject({ Type: z.optional(z.string()) }), z.array(z.unknown())]))),
  Outputs: z.optional(z.record(z.string(), z.looseObject({}))),
});

/**
 * Reads a cloud assembly, such as `cdk.out`.
 *
 * @throws CommandError when a file of it is missing or broken
 */
export function readAssembly(directory: string): Assembly {
  const all = readAssemblies(directory);
  return {
    directory,
    stacks: all.flatMap(({ stacks }) => stacks),
    incomplete: all.some(({ incomplete }) => incomplete),
  };
}

/** Reads a cloud assembly and those of its stages, each with its own stacks. */
export function readAssemblies(directory: string): Assembly[] {
  const manifest = readJson(join(directory, 'manifest.json'), MANIFEST);
  const stacks: AssemblyStack[] = [];
  const nested: Assembly[] = [];
  for (const [id, { type, environment = '', properties = {} }] of Object.entries(manifest.artifacts ?? {})) {
    if (type === 'aws:cloudformation:stack' && properties.templateFile) {
      const template = readJson(join(directory, properties.templateFile), TEMPLATE) as Template;
      stacks.push({ stackName: properties.stackName ?? id, environment, template });
    }
    if (type === 'cdk:cloud-assembly' && properties.directoryName) {
      nested.push(...readAssemblies(join(directory, properties.directoryName)));
    }
  }
  return [{ directory, stacks, incomplete: (manifest.missing ?? []).length > 0 }, ...nested];
}

/** What changed between two assemblies: nothing, only the code of functions, or resources. */
export type Difference = 'none' | 'code' | 'structure';

/** Compares the templates of two assemblies. */
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

/** The template without the references to the code of its functions. */
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
