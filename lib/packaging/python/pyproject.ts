import { basename } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isListOf, isObject } from '../json';
import { normalizedName, type RequirementLines } from './requirement-lines';
import { requireIndexed } from './requirements-file';
import { checkedPart, readObject } from './text';

/** Settings of uv that change which versions are resolved. pip does not know them. */
const RESOLUTION_SETTINGS = ['override-dependencies', 'exclude-dependencies', 'resolution', 'prerelease', 'exclude-newer'];

/**
 * Dependencies in the section `[project]` of a pyproject.toml; undefined where it has none.
 *
 * @throws ValidationError when the dependencies are dynamic, only in the section of Poetry, or have a source that only a lock can
 * tell
 *
 * @internal
 */
export function readPyproject(path: string): RequirementLines | undefined {
  const { project: section, tool } = readObject(path, 'TOML');
  const project = isObject(section) ? section : {};
  if (Array.isArray(project.dynamic) && project.dynamic.includes('dependencies')) {
    throw new ValidationError(
      `the dependencies in ${formatValue(path)} must be static, got: dynamic; add a lock or a requirements.txt to its folder`,
    );
  }
  const poetry = tableIn(tool, 'poetry');
  const ofPoetry = isObject(poetry.dependencies) ? poetry.dependencies : {};
  const namesOfPoetry = Object.keys(ofPoetry).filter((name) => name !== 'python');
  if (namesOfPoetry.length > 0 && project.dependencies === undefined) {
    throw new ValidationError(
      `the dependencies in ${formatValue(path)} must be in [project], or in a poetry.lock in its folder, got: [tool.poetry.dependencies] without a poetry.lock`,
    );
  }
  if (project.dependencies === undefined) return undefined;
  const isText = (value: unknown) => typeof value === 'string';
  const isTexts = (value: unknown) => isListOf(value, isText);
  const requirements = checkedPart<readonly string[]>(
    path,
    'project.dependencies',
    project.dependencies,
    isTexts,
    'a list of texts',
  );
  for (const line of requirements) requireIndexed(line, basename(path));
  const uv = tableIn(tool, 'uv');
  requireNoSource(path, requirements, { ...(isObject(uv.sources) && { ...uv.sources }) }, ['[tool.uv.sources]', 'uv lock']);
  requireNoSource(path, requirements, ofPoetry, ['[tool.poetry.dependencies]', 'poetry lock']);
  const setting = RESOLUTION_SETTINGS.find((name) => name in uv);
  if (setting !== undefined) {
    throw new ValidationError(
      `a setting in [tool.uv] that changes the versions requires a uv.lock, got: ${formatValue(setting)} in ${formatValue(path)}; run 'uv lock'`,
    );
  }
  const limits = uv['constraint-dependencies'] ?? [];
  const constraints = checkedPart<readonly string[]>(path, 'tool.uv.constraint-dependencies', limits, isTexts, 'a list of texts');
  return { requirements, constraints, options: [] };
}

/** Refuses a dependency with a source: by its name alone, another package of the index would be installed. */
function requireNoSource(
  path: string,
  requirements: readonly string[],
  sources: Readonly<Record<string, unknown>>,
  [table, command]: readonly [table: string, command: string],
): void {
  const names = new Set(requirements.map((line) => normalizedName(/^\s*[\w.-]+/.exec(line)?.[0].trim() ?? line)));
  for (const [name, source] of Object.entries(sources)) {
    // Poetry's table may also have only a version.
    if (!names.has(normalizedName(name)) || !(isObject(source) || Array.isArray(source)) || !hasSource(source)) continue;
    throw new ValidationError(
      `a dependency with a source requires a lock, which says where it comes from, got: ${formatValue(name)} in ${table} of ${formatValue(path)} without one; run '${command}'`,
    );
  }
}

function hasSource(source: object): boolean {
  const keys = ['path', 'git', 'url', 'file', 'workspace', 'index', 'source'];
  return (Array.isArray(source) ? source : [source]).some((of) => isObject(of) && keys.some((key) => key in of));
}

function tableIn(tool: unknown, name: string): Readonly<Record<string, unknown>> {
  const table = isObject(tool) ? tool[name] : undefined;
  return isObject(table) ? table : {};
}
