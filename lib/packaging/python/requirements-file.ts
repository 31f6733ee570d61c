import { existsSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isHashed, normalizedName, type RequirementLines } from './requirement-lines';
import { readText } from './text';

/** Options that change nothing here: only wheels are installed. */
const IGNORED_OPTIONS = ['--only-binary', '--no-binary', '--prefer-binary', '--use-feature'];
/** Options with the places of packages, which uv and pip read alike. */
const PLACE_OPTIONS = ['-i', '--index-url', '--pypi-url', '--extra-index-url', '--no-index', '--trusted-host'];

/**
 * Reads a requirements file and the files that it includes.
 *
 * @see https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * @throws ValidationError when an included file does not exist, or a requirement is a local path
 *
 * @internal
 */
export function readRequirementsFile(path: string): RequirementLines {
  const lines = { requirements: [] as string[], constraints: [] as string[], options: [] as string[] };
  const flags = { requireHashes: false, prerelease: false };
  include(path, { lines, flags, top: dirname(path), seen: new Set() }, 'requirements');
  // As in pip, one hash means that all are checked.
  const requireHashes = flags.requireHashes || [...lines.requirements, ...lines.constraints].some(isHashed);
  return { ...lines, ...(requireHashes && { requireHashes }), ...(flags.prerelease && { prerelease: true }) };
}

/**
 * Finds a requirement without a hash.
 *
 * @internal
 */
export function unhashed({ requirements, constraints }: RequirementLines): string | undefined {
  // pip takes the hashes of a constraint for the requirement of that name.
  const constrained = new Set(constraints.filter(isHashed).map(nameIn));
  return requirements.find((line) => !isHashed(line) && !constrained.has(nameIn(line)));
}

/**
 * Refuses a requirement without a hash where hashes are required.
 *
 * @param origin place of the requirements, for the error
 *
 * @internal
 */
export function requireAllHashes(lines: RequirementLines, origin: string): void {
  const missing = lines.requireHashes ? unhashed(lines) : undefined;
  if (missing === undefined) return;
  throw new ValidationError(
    `every requirement must have a --hash where one has, or where --require-hashes is set, got: ${formatValue(missing)} in ${origin}; add the hashes with 'uv pip compile --generate-hashes' or 'pip-compile --generate-hashes'`,
  );
}

function nameIn(line: string): string {
  return normalizedName(/^[\w.-]+/.exec(line)?.[0] ?? line);
}

interface Inclusion {
  readonly lines: { [part in 'requirements' | 'constraints' | 'options']: string[] };
  readonly flags: { requireHashes: boolean; prerelease: boolean };
  /** Folder of the file that includes all others. */
  readonly top: string;
  readonly seen: Set<string>;
}

function include(path: string, inclusion: Inclusion, part: 'requirements' | 'constraints'): void {
  const { lines, flags, top, seen } = inclusion;
  if (seen.has(`${part} ${path}`)) return;
  seen.add(`${part} ${path}`);
  for (const line of logicalLines(readText(path))) {
    const [, option = '', value = ''] = /^(-[a-zA-Z]|--[a-z-]+)(?:[ =]*(.*))?$/.exec(line) ?? [];
    if (['-r', '--requirement', '-c', '--constraint'].includes(option)) {
      const included = resolve(dirname(path), value);
      if (!existsSync(included) || !statSync(included).isFile()) {
        throw new ValidationError(`a file that ${basename(path)} includes must exist, got: ${formatValue(line)}`);
      }
      include(included, inclusion, option.endsWith('c') || option === '--constraint' ? 'constraints' : part);
    } else if (option === '-f' || option === '--find-links') {
      const location = /^[a-z]+:\/\//.test(value) ? value : relative(top, resolve(dirname(path), value)) || '.';
      lines.options.push(`--find-links ${location.replaceAll('\\', '/')}`);
    } else if (option === '--require-hashes') flags.requireHashes = true;
    else if (option === '--pre') flags.prerelease = true;
    else if (PLACE_OPTIONS.includes(option)) lines.options.push(line);
    else if (option === '' || option === '-e' || option === '--editable') {
      requireIndexed(line, basename(path));
      lines[part].push(line);
    } else if (!IGNORED_OPTIONS.includes(option)) {
      throw new ValidationError(
        `an option in a requirements file must be one that uv and pip read alike, got: ${formatValue(line)} in ${basename(path)}; remove the line`,
      );
    }
  }
}

/**
 * Lines without comments. A line that ends with a backslash continues in the next. A comment never does: what follows it would be
 * lost.
 */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of text.split(/\r?\n/)) {
    const uncommented = line.replace(/(^|\s)#.*$/, '$1');
    const continues = uncommented.endsWith('\\');
    open += continues ? `${uncommented.slice(0, -1)} ` : uncommented;
    if (continues) continue;
    lines.push(open.trim());
    open = '';
  }
  return [...lines, open.trim()].filter((line) => line !== '');
}

/**
 * Refuses a requirement that is a URL in requirements without a lock. Resolved versions are stored by name, and by that name
 * another machine would install the package of the index.
 *
 * @param origin place of the requirement, for the error
 *
 * @internal
 */
export function requireNoUrl(line: string, origin: string): void {
  if (/^[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*@|^[A-Za-z][\w.-]*(\+|:\/\/)/.test(line)) {
    throw new ValidationError(
      `a requirement without a lock must be a package on a package index, got: the URL ${formatValue(line)} in ${origin}; use a uv.lock, a requirements file in which every line has a --hash, or a Layer with LayerContent.folder`,
    );
  }
}

/**
 * Refuses a requirement that is a local path: its content would be part of neither the lock nor the key.
 *
 * @param origin place of the requirement, for the error
 *
 * @internal
 */
export function requireIndexed(line: string, origin: string): void {
  if (/^(-e|--editable)\b|^[./~]|^[A-Za-z]:[\\/]|^file:|@\s*file:|^[\w./\\-]+\.(whl|zip|tar\.gz)(\s|;|$)/.test(line)) {
    throw new ValidationError(
      `a requirement must be a package on a package index, got: the path ${formatValue(line)} in ${origin}; add your own code with 'modules' or 'folders', or lock the project that has it with uv`,
    );
  }
}
