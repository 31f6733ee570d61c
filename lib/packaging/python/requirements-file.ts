import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';

/**
 * Lines of a requirements file and of the files that it includes, without comments.
 *
 * @internal
 */
export interface RequirementLines {
  /** Requirements, such as `requests==2.32.5 ; python_version >= "3.9" --hash=sha256:…`. */
  readonly requirements: readonly string[];
  /** Versions of packages, which apply only to packages that are installed. */
  readonly constraints: readonly string[];
  /** Options with the sources of packages, such as `--index-url …`. Paths are relative to the folder of the file. */
  readonly options: readonly string[];
}

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
        throw new ValidationError(`a file that ${basename(path)} includes must exist, got: ${formatValue(line)}`);
      }
      include(included, lines, option.endsWith('c') || option === '--constraint' ? 'constraints' : part, inclusion);
    } else if (option === '-f' || option === '--find-links') {
      const location = /^[a-z]+:\/\//.test(value) ? value : relative(inclusion.top, resolve(dirname(path), value)) || '.';
      lines.options.push(`--find-links ${location.replaceAll('\\', '/')}`);
    } else if (['--only-binary', '--no-binary', '--prefer-binary', '--require-hashes'].includes(option)) {
      // Only wheels are installed anyway, and hashes are checked where there are any.
    } else if (option !== '' && option !== '-e' && option !== '--editable') {
      lines.options.push(line);
    } else {
      requireIndexed(line, basename(path));
      lines[part].push(line);
    }
  }
}

/** Lines without comments. A line that ends with a backslash continues in the next. */
function logicalLines(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
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
      `a requirement must be a package on a package index, got: the path ${formatValue(line)} in ${origin}; add your own code with 'modules' or 'folders'`,
    );
  }
}
