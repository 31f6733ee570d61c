import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readAssemblies, type TemplateResource } from './assembly';

/** A file in the code of a function or a layer. */
interface CodeFile {
  /** Path within the package. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
}

/** The code of a function, or the content of a layer. */
export interface CodePackage {
  readonly kind: 'function' | 'layer';
  /** Path of the construct, such as `Shop/Jobs/Import`; the logical ID where the template has no path. */
  readonly path: string;
  /** Environment variables whose values are in the template. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sorted by path. Contains only the zip where the asset is a zip. */
  readonly files: readonly CodeFile[];
}

/** Kind of the code by the type of the resource. */
const KINDS: ReadonlyMap<string, CodePackage['kind']> = new Map([
  ['AWS::Lambda::Function', 'function'],
  ['AWS::Lambda::LayerVersion', 'layer'],
]);

/** Reads the code in an assembly as a deploy would upload it. Inline code and images are left out. */
export function readPackages(assemblyDirectory: string): CodePackage[] {
  return readAssemblies(assemblyDirectory).flatMap(({ directory, stacks }) =>
    stacks.flatMap(({ template }) =>
      Object.entries(template.Resources ?? {}).flatMap(
        ([logicalId, resource]) => packageOf(directory, logicalId, resource) ?? [],
      ),
    ),
  );
}

function packageOf(
  directory: string,
  logicalId: string,
  { Type, Properties, Metadata }: TemplateResource,
): CodePackage | undefined {
  const kind = KINDS.get(Type);
  const asset = Metadata?.['aws:asset:path'];
  if (!kind || typeof asset !== 'string') return undefined;
  const path = Metadata?.['aws:cdk:path'];
  const variables = (Properties?.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
  return {
    kind,
    path: typeof path === 'string' ? path.replace(/\/Resource$/, '') : logicalId,
    environment: Object.fromEntries(
      Object.entries(variables).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    files: filesOf(join(directory, asset)),
  };
}

function filesOf(path: string): CodeFile[] {
  if (!statSync(path).isDirectory()) return [{ path: relative(join(path, '..'), path), size: statSync(path).size }];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(path, file).replaceAll('\\', '/'), size: statSync(file).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
