import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CdkCommand } from '../../engine/cdk';
import { CommandError } from '../../engine/errors';
import { type CodePackage, readPackages } from '../../engine/packages';
import { CONTEXT_LOCAL } from '../../lib/context/constants';
import { UNZIPPED_MAX_BYTES } from '../../lib/limits/constants';
import { ENV_FUNCTION } from '../../lib/runs/constants';
import type { AppContext } from '../shared/command-context';
import { quoteList } from '../shared/deployed-functions';
import { formatBytes, formatTable } from '../shared/format';
import { type Output, writeJson } from '../shared/output';
import { step } from '../shared/progress';

export interface BundleOptions {
  /** Name of a function within its group, or path of a construct or its end. @default - every function and layer */
  readonly name?: string;
  /** Whether to show the files of each package. */
  readonly list?: boolean;
  readonly json?: boolean;
  /** Whether to synthesize for a local run instead of AWS. */
  readonly local?: boolean;
}

/** A package and the name to show for it. */
interface NamedPackage extends CodePackage {
  readonly name: string;
  readonly size: number;
}

/**
 * Synthesizes the app and shows the contents of its function and layer packages.
 *
 * @throws CommandError when no package is found
 */
export async function showBundles(context: AppContext, options: BundleOptions): Promise<void> {
  const { name, list, json } = options;
  const { output } = context;
  const all = (await synthesize(context, options)).map(withName).sort((a, b) => a.path.localeCompare(b.path));
  const found = all.filter(
    (each) => name === undefined || [each.name, each.path].includes(name) || each.path.endsWith(`/${name}`),
  );
  if (found.length === 0) {
    throw new CommandError(
      name === undefined
        ? 'no function or layer of the app has a package'
        : `package '${name}' not found; available: ${quoteList(all.map((each) => each.path)) || 'none'}`,
      'Inline code and container images have no package.',
    );
  }
  if (json) writeJson(output, found.map(toJson));
  else if (list) showFiles(found, output);
  else showTotals(found, output);
}

async function synthesize({ directory, signal }: AppContext, options: BundleOptions): Promise<CodePackage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'katamari-bundle-'));
  try {
    const cdk = new CdkCommand({
      directory,
      output: folder,
      // Context lookups of the app need the AWS account.
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

function withName(each: CodePackage): NamedPackage {
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
        `  ${(sizes.at(-1) as string).padStart(width)}  ${total}; a function and its layers may have ${formatBytes(UNZIPPED_MAX_BYTES)}`,
      ),
    );
  }
}

function toJson({ name, kind, path, files, size }: NamedPackage): Record<string, unknown> {
  return { name, kind, construct: path, size, files };
}
