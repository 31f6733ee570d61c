import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';

/**
 * The lines of a requirements file and of those that it includes, without comments.
 *
 * @internal
 */
export interface RequirementLines {
  /** One requirement each, such as `requests==2.32.5 ; python_version >= "3.9" --hash=sha256:…`. */
  readonly requirements: readonly string[];
  /** Versions that apply where the package comes in at all. */
  readonly constraints: readonly string[];
  /** Options that say where packages come from, such as `--index-url …`. Paths start from the folder of the file. */
  readonly options: readonly string[];
}

/**
 * Reads a requirements file with all that it includes.
 *
 * @see https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * @throws ValidationError when an included file is not there, or a line is a path of this machine
 *
 * @internal
 */
export function readRequirementsFile(path: string): RequirementLines {
  const lines = { requirements: [] as string[], constraints: [] as string[], options: [] as string[] };
  include(path, lines, 'requirements', { top: dirname(path), seen: new Set() });
  return lines;
}

type MutableLines = { [part in keyof RequirementLines]: string[] };

interface Inclusion {
  /** Folder of the file that includes all others. */
  readonly top: string;
  readonly seen: Set<string>;
}

function include(path: string, lines: MutableLines, part: 'requirements' | 'constraints', inclusion: Inclusion): void {
  if (inclusion.seen.has(`${part} ${path}`)) return;
  inclusion.seen.add(`${part} ${path}`);
  for (const line of logicalLines(readFileSync(path, 'utf8'))) {
    const [, option = '', value = ''] = /^(-[a-zA-Z]|--[a-z-]+)(?:[ =]*(.*))?$/.exec(line) ?? [];
    if (['-r', '--requirement', '-c', '--constraint'].includes(option)) {
      const included = resolve(dirname(path), value);
      if (!existsSync(included) || !statSync(included).isFile()) {
        throw new ValidationError(`a file that ${basename(path)} includes must be there, got: ${formatValue(line)}`);
      }
      include(included, lines, option.endsWith('c') || option === '--constraint' ? 'constraints' : part, inclusion);
    } else if (option === '-f' || option === '--find-links') {
      const place = /^[a-z]+:\/\//.test(value) ? value : relative(inclusion.top, resolve(dirname(path), value)) || '.';
      lines.options.push(`--find-links ${place.replaceAll('\\', '/')}`);
    } else if (['--only-binary', '--no-binary', '--prefer-binary', '--require-hashes'].includes(option)) {
      // Wheels alone are installed anyway, and hashes are checked where there are any.
    } else if (option !== '' && option !== '-e' && option !== '--editable') {
      lines.options.push(line);
    } else {
      requireIndexed(line, basename(path));
      lines[part].push(line);
    }
  }
}

/** Lines without comments; one that ends in a backslash goes on in the next. */
function logicalLines(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/**
 * Refuses a requirement that is a URL, where nothing holds its content fast: the versions that a list came to are kept by name,
 * and by that name another machine would take what the index has.
 *
 * @param origin where it is said, for the message
 *
 * @internal
 */
export function requireNoUrl(line: string, origin: string): void {
  if (/^[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*@|^[A-Za-z][\w.-]*(\+|:\/\/)/.test(line)) {
    throw new ValidationError(
      `a requirement without a lock must be a package of an index, got the URL ${formatValue(line)} in ${origin}: have it in a uv.lock, or in a requirements file where every line has a --hash, or add its files by Layer with LayerContent.folder`,
    );
  }
}

/**
 * Refuses a requirement that is a path of this machine: its content would be part of no lock and no hash.
 *
 * @param origin the file that it is in, for the message
 *
 * @internal
 */
export function requireIndexed(line: string, origin: string): void {
  if (/^(-e|--editable)\b|^[./~]|^[A-Za-z]:[\\/]|^file:|@\s*file:|^[\w./\\-]+\.(whl|zip|tar\.gz)(\s|;|$)/.test(line)) {
    throw new ValidationError(
      `a requirement must be a package of an index, got the path ${formatValue(line)} in ${origin}: add code of your own by 'modules' or 'folders'`,
    );
  }
}
