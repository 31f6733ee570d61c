import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../../private/errors';
import { hashContent } from '../hash';
import type { PythonRequirements } from './requirements';
import { describeTarget, type PythonTarget } from './target';

/**
 * Context value with another path for the file of versions.
 *
 * @internal
 */
export const CONTEXT_PYTHON_LOCK = 'katamari:pythonLock';
const DEFAULT_NAME = 'katamari-python.lock.json';

interface LockedSet {
  /** What was asked for, for people. */
  readonly requirements: string;
  readonly target: string;
  /** Name and version of each package that came, such as `numpy==2.4.6`. */
  readonly packages: readonly string[];
}

/**
 * The versions that lists without a lock were resolved to, in a file beside cdk.json which belongs into version control: the
 * same list is the same packages on every machine and on every day.
 *
 * @internal
 */
export class PythonPackageLock {
  private readonly path: string;

  public constructor(private readonly scope: IConstruct) {
    const name = scope.node.tryGetContext(CONTEXT_PYTHON_LOCK) ?? DEFAULT_NAME;
    this.path = resolve(String(name));
  }

  /** The packages that these requirements were resolved to before. */
  public find(requirements: PythonRequirements, target: PythonTarget): readonly string[] | undefined {
    return this.read()[setKey(requirements, target)]?.packages;
  }

  /** Keeps what requirements were resolved to. Where the file can't be written, a warning says so. */
  public store(requirements: PythonRequirements, target: PythonTarget, packages: readonly string[]): void {
    const sets = {
      ...this.read(),
      [setKey(requirements, target)]: { requirements: requirements.label, target: describeTarget(target), packages },
    };
    const sorted = Object.fromEntries(Object.entries(sets).sort(([a], [b]) => (a < b ? -1 : 1)));
    const temporary = `${this.path}.${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify({ version: 1, sets: sorted }, undefined, 2)}\n`);
      renameSync(temporary, this.path);
    } catch (error) {
      Annotations.of(this.scope).addWarningV2(
        'cdk-katamari:pythonLock',
        `the versions of ${requirements.label} could not be kept, so the next synth may take others: ${this.path} can't be written (${(error as NodeJS.ErrnoException).code})`,
      );
    }
  }

  private read(): Record<string, LockedSet> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return {};
    }
    try {
      const { version, sets } = JSON.parse(text);
      if (version === 1 && typeof sets === 'object') return sets;
    } catch {
      // What comes next says it.
    }
    throw new ValidationError(`${this.path} must be as this library wrote it: restore it, or delete it to take newer versions`);
  }
}

function setKey({ content }: PythonRequirements, { version, architecture }: PythonTarget): string {
  return hashContent(JSON.stringify({ content, version, architecture })).slice(0, 16);
}
