import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CdkCommand } from '../../engine/cdk';
import { CommandError } from '../../engine/errors';
import { type CodePackage, readPackages } from '../../engine/packages';
import { CONTEXT_LOCAL } from '../../lib/context/constants';
import { ENV_FUNCTION } from '../../lib/runs/constants';
import { list } from '../shared/discovery';
import { formatBytes, formatTable } from '../shared/format';
import type { Output } from '../shared/output';
import { step } from '../shared/progress';

/** Most bytes of a function unzipped, layers included. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const UNZIPPED_MAX_BYTES = 262_144_000;

export interface BundleOptions {
  /** Whether to show the files of each package. */
  readonly list?: boolean;
  readonly json?: boolean;
  /** Whether to synthesize as the local run does, and not as for AWS. */
  readonly local?: boolean;
}

/** What a command that works on the app itself gets. */
export interface AppContext {
  readonly output: Output;
  /** Folder of the app. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

/** A package with the name that is shown. */
interface NamedPackage extends CodePackage {
  readonly name: string;
  readonly size: number;
}

/**
 * Synthesizes the app and shows what would be in the packages of its functions and layers.
 *
 * @param name of a function within its group, or the path of its construct or the end of it; every one where none is said
 */
export async function showBundles(context: AppContext, name: string | undefined, options: BundleOptions): Promise<void> {
  const all = (await synthesized(context, options)).map(named).sort((a, b) => a.path.localeCompare(b.path));
  const found = all.filter(
    (each) => name === undefined || [each.name, each.path].includes(name) || each.path.endsWith(`/${name}`),
  );
  const { output } = context;
  if (found.length === 0) {
    throw new CommandError(
      name === undefined
        ? 'no function or layer of the app has a package'
        : `no function or layer of the app that has a package is named '${name}', there is: ${list(all.map((each) => each.path)) || 'none'}`,
      'Code that is inline in the template, and a container image, are no packages.',
    );
  }
  if (options.json) output.line(JSON.stringify(found.map(toJson), undefined, 2));
  else if (options.list) showFiles(found, output);
  else showTotals(found, output);
}

async function synthesized({ directory, signal }: AppContext, options: BundleOptions): Promise<CodePackage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'katamari-bundle-'));
  try {
    const cdk = new CdkCommand({
      directory,
      output: folder,
      // A synth may look up what is in the account.
      environment: Object.fromEntries(
        Object.entries(process.env).flatMap(([key, value]) => (value !== undefined && /^AWS_/.test(key) ? [[key, value]] : [])),
      ),
      context: options.local ? { [CONTEXT_LOCAL]: 'true' } : undefined,
      signal,
    });
    const assembly = await step('synthesizing', 'synthesized', () => cdk.synth());
    return readPackages(assembly.directory);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function named(each: CodePackage): NamedPackage {
  return {
    ...each,
    name: each.environment[ENV_FUNCTION] ?? (each.path.split('/').at(-1) as string),
    size: each.files.reduce((sum, { size }) => sum + size, 0),
  };
}

function showTotals(packages: readonly NamedPackage[], output: Output): void {
  const { colors, width } = output;
  const columns = [
    { title: 'NAME', text: (row: NamedPackage) => row.name, paint: (text: string) => colors.bold(text) },
    { title: 'KIND', text: (row: NamedPackage) => row.kind },
    { title: 'FILES', text: (row: NamedPackage) => String(row.files.length) },
    {
      title: 'SIZE',
      text: (row: NamedPackage) => formatBytes(row.size),
      paint: (text: string, row: NamedPackage) => (row.size > UNZIPPED_MAX_BYTES ? colors.red(text) : text),
    },
    { title: 'CONSTRUCT', text: (row: NamedPackage) => row.path, paint: (text: string) => colors.dim(text) },
  ];
  for (const line of formatTable(packages, columns, width, colors)) output.line(line);
}

function showFiles(packages: readonly NamedPackage[], output: Output): void {
  const { colors } = output;
  for (const [index, { name, kind, path, files, size }] of packages.entries()) {
    if (index > 0) output.line('');
    output.line(`${colors.bold(name)} ${colors.dim(`${kind} ${path}`)}`);
    const sizes = [...files, { size }].map((file) => formatBytes(file.size));
    const width = Math.max(...sizes.map((text) => text.length));
    for (const [at, file] of files.entries()) output.line(`  ${(sizes[at] as string).padStart(width)}  ${file.path}`);
    const total = `${files.length} file${files.length === 1 ? '' : 's'}`;
    output.line(
      colors.dim(
        `  ${(sizes.at(-1) as string).padStart(width)}  ${total}, of ${formatBytes(UNZIPPED_MAX_BYTES)} that a function may have with its layers`,
      ),
    );
  }
}

function toJson({ name, kind, path, files, size }: NamedPackage): Record<string, unknown> {
  return { name, kind, construct: path, size, files };
}
