import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../../private/errors';
import { hashContent } from '../hash';
import { isListOf, isObject } from '../json';
import type { PythonRequirements } from './requirements';
import { describeTarget, type PythonTarget } from './target';

/** Context value with the path of the lock. */
const CONTEXT_PYTHON_LOCK = 'katamari:pythonLock';
const DEFAULT_NAME = 'katamari-python.lock.json';

interface LockedSet {
  /** Description for people. */
  readonly requirements: string;
  readonly target: string;
  /** Name and version of each package, such as `numpy==2.4.6`. */
  readonly packages: readonly string[];
}

/**
 * Lock of requirements that have no lock of their own. It is a file beside cdk.json that belongs under version control: with it,
 * the same requirements give the same packages on every machine and every day.
 *
 * @internal
 */
export class PythonPackageLock {
  private readonly path: string;

  public constructor(private readonly scope: IConstruct) {
    const name = scope.node.tryGetContext(CONTEXT_PYTHON_LOCK) ?? DEFAULT_NAME;
    this.path = resolve(String(name));
  }

  /** Returns the packages that requirements were resolved to before. */
  public find(requirements: PythonRequirements, target: PythonTarget): readonly string[] | undefined {
    return this.read()[setKey(requirements, target)]?.packages;
  }

  /** Stores the packages that requirements were resolved to. Adds a warning where the file cannot be written. */
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
        `cannot write the versions of ${requirements.label} to ${this.path} (${(error as NodeJS.ErrnoException).code}); the next synth may install other versions`,
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
      const lock: unknown = JSON.parse(text);
      if (isLock(lock)) return lock.sets;
    } catch {
      // Reported below, as other broken content is.
    }
    throw new ValidationError(`cannot read the lock ${this.path}; restore it, or delete it to install newer versions`);
  }
}

function isLock(value: unknown): value is { readonly sets: Record<string, LockedSet> } {
  return isObject(value) && value.version === 1 && isObject(value.sets) && Object.values(value.sets).every(isLockedSet);
}

function isLockedSet(value: unknown): boolean {
  return isObject(value) && isListOf(value.packages, (item) => typeof item === 'string');
}

function setKey({ content }: PythonRequirements, { version, architecture }: PythonTarget): string {
  return hashContent(JSON.stringify({ content, version, architecture })).slice(0, 16);
}
