import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readAssemblies, type TemplateResource } from './assembly';

/** A file of a package. */
export interface PackageFile {
  /** Path within the package. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** What is deployed as the code of a function, or as a layer. */
export interface CodePackage {
  readonly kind: 'function' | 'layer';
  /** Path of the construct, such as `Shop/Jobs/Import`; the logical id where the template doesn't say. */
  readonly path: string;
  /** Environment variables whose values the template has. */
  readonly environment: Readonly<Record<string, string>>;
  /** By path. Of a package that is zipped already it is the zip alone. */
  readonly files: readonly PackageFile[];
}

/** Property of a resource that has the code, by the type of the resource. */
const KINDS: ReadonlyMap<string, CodePackage['kind']> = new Map([
  ['AWS::Lambda::Function', 'function'],
  ['AWS::Lambda::LayerVersion', 'layer'],
]);

/** The packages in an assembly, as a deploy would upload them. Code that is no file, inline or an image, is none of them. */
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

function filesOf(path: string): PackageFile[] {
  if (!statSync(path).isDirectory()) return [{ path: relative(join(path, '..'), path), size: statSync(path).size }];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(path, file).replaceAll('\\', '/'), size: statSync(file).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
