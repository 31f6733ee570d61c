import { readFileSync } from 'node:fs';
import { dirname, posix, relative } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../../private/errors';
import { ContentStore } from '../content-store';
import { isDirectory } from '../files';
import { hashContent, hashFiles } from '../hash';
import { projectCache } from '../project-cache';
import { findInterpreter, type Interpreter, interpreterOf, runPython } from './host';
import { describeTarget, type PythonTarget } from './target';

/** Files that one process compiles: the arguments of a process are limited. */
const FILES_PER_PROCESS = 500;
/** Errors that one message lists. */
const LISTED_ERRORS = 5;

/** Compiles files for a minor version of Python 3, and prints the errors. */
const COMPILE = `
import ast, json, sys, warnings
warnings.simplefilter('ignore')
version = min((3, int(sys.argv[1])), sys.version_info[:2])
errors = []
for path in sys.argv[2:]:
    try:
        with open(path, 'rb') as file:
            tree = ast.parse(file.read(), path, feature_version=version)
        compile(tree, path, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        text = (getattr(error, 'text', None) or '').rstrip()
        errors.append({
            'path': path,
            'line': getattr(error, 'lineno', None),
            'reason': f"{type(error).__name__}: {getattr(error, 'msg', None) or error}",
            'text': text.strip(),
            'column': (getattr(error, 'offset', None) or 0) - (len(text) - len(text.lstrip())),
        })
    except (RecursionError, MemoryError):
        # The limits of this process are not those of the function.
        pass
print(json.dumps(errors))
`;

interface CompileError {
  readonly path: string;
  readonly line: number | null;
  /** Type and message. */
  readonly reason: string;
  /** The line without indentation. */
  readonly text: string;
  /** Column within the text, from 1; 0 or less if it is not known. */
  readonly column: number;
}

/**
 * Compiles the user's Python sources, so that a syntax error is an error of synth. Does nothing without a Python interpreter.
 *
 * Refuses nothing that the target may accept: an older Python on this machine leads to a warning, unless the target's own version
 * is installed as well.
 *
 * @param files path within the package → path on disk
 * @throws ValidationError with file and line
 *
 * @internal
 */
export function requireCompilable(scope: IConstruct, files: ReadonlyMap<string, string>, target: PythonTarget): void {
  const interpreter = findInterpreter();
  const sources = sourcesIn(files);
  if (!interpreter || sources.size === 0) return;
  const version = target.local ? interpreter.version : target.version;
  // Starting an interpreter takes as long as a cached synth.
  const compiled = new ContentStore(projectCache('python-syntax'), (entry) => isDirectory(entry) || undefined);
  const key = hashContent(JSON.stringify([COMPILE, version, hashFiles(sources)]));
  if (compiled.find(key)) return;

  const errors = compile(interpreter, version, [...sources.values()]);
  // A Python that can't run says nothing about the sources.
  if (!errors) return;
  if (errors.length === 0) {
    compiled.store(key, () => undefined);
  } else if (minorOf(interpreter.version) >= minorOf(version)) {
    refuse(scope, errors, target);
  } else {
    checkWithTarget(scope, errors, target, interpreter);
  }
}

/** Compiles the files that an older Python refused with the version of the target. */
function checkWithTarget(scope: IConstruct, errors: readonly CompileError[], target: PythonTarget, older: Interpreter): void {
  const interpreter = interpreterOf(target.version);
  if (interpreter) {
    const remaining = compile(
      interpreter,
      target.version,
      errors.map(({ path }) => path),
    );
    if (remaining?.length) refuse(scope, remaining, target);
    return;
  }
  Annotations.of(scope).addWarningV2(
    'cdk-katamari:pythonSyntax',
    `a Python source does not compile with Python ${older.version} of this machine: ${describe(errors)}\nIf ${describeTarget(target)} can compile it, install Python ${target.version}, so that synth can check it`,
  );
}

function refuse(scope: IConstruct, errors: readonly CompileError[], target: PythonTarget): never {
  throw new ValidationError(`a Python source must compile for ${describeTarget(target)}, got: ${describe(errors)}`, scope);
}

function compile(interpreter: Interpreter, version: string, paths: readonly string[]): CompileError[] | undefined {
  const errors: CompileError[] = [];
  for (let from = 0; from < paths.length; from += FILES_PER_PROCESS) {
    const some = paths.slice(from, from + FILES_PER_PROCESS);
    const result = runPython(interpreter, ['-c', COMPILE, String(minorOf(version)), ...some]);
    if (!result.succeeded) return undefined;
    errors.push(...(JSON.parse(result.stdout) as CompileError[]));
  }
  return errors;
}

/** The Python files among the files of a package, without those of packages that were installed into the user's folder. */
function sourcesIn(files: ReadonlyMap<string, string>): Map<string, string> {
  const installed = new Set<string>();
  for (const [name, path] of files) {
    if (!/(?:^|\/)[^/]+\.dist-info\/RECORD$/.test(name)) continue;
    const folder = posix.dirname(dirname(name));
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, quoted, plain] = /^(?:"([^"]*)"|([^,]*)),/.exec(line) ?? [];
      installed.add(posix.join(folder, quoted ?? plain ?? ''));
    }
  }
  return new Map([...files].filter(([name]) => name.endsWith('.py') && !installed.has(name)));
}

function describe(errors: readonly CompileError[]): string {
  const more = errors.length > LISTED_ERRORS ? [`and ${errors.length - LISTED_ERRORS} more files`] : [];
  return [...errors.slice(0, LISTED_ERRORS).map(describeOne), ...more].join('\n');
}

function describeOne({ path, line, reason, text, column }: CompileError): string {
  const place = `${relative(process.cwd(), path)}${line === null ? '' : `, line ${line}`}: ${reason}`;
  if (text === '') return place;
  return [place, `    ${text}`, ...(column > 0 ? [`    ${' '.repeat(column - 1)}^`] : [])].join('\n');
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
