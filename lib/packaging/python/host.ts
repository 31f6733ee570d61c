import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { ValidationError } from '../../private/errors';
import { OLDEST_PYTHON } from '../constants';
import { pipConfigEnvironment, pipVariables, toolEnvironment } from './tool-settings';

/** Longest time that a command may take. */
const TIMEOUT_MS = 15 * 60_000;

/**
 * A Python interpreter on this machine.
 *
 * @internal
 */
export interface Interpreter {
  /** Absolute path. */
  readonly executable: string;
  /** Such as `3.11`. */
  readonly version: string;
  /** Such as `linux-x86_64`. */
  readonly platform: string;
}

/**
 * Result of a command on this machine.
 *
 * @internal
 */
export interface CommandResult {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Tools that were found on a PATH. */
interface Tools {
  interpreter?: Interpreter;
  hasPip?: boolean;
  hasUv?: boolean;
}

/** Tools by the value of PATH: looking for them takes tens of milliseconds, for each function. */
const toolsByPath = new Map<string, Tools>();

function knownTools(): Tools {
  const path = process.env.PATH ?? '';
  const known = toolsByPath.get(path) ?? {};
  toolsByPath.set(path, known);
  return known;
}

/**
 * Whether uv is on the PATH.
 *
 * @internal
 */
export function hasUv(): boolean {
  const known = knownTools();
  known.hasUv ??= runUv(['--version']).succeeded;
  return known.hasUv;
}

/**
 * Python on the PATH, if its version is supported. It also runs Python functions in a local run.
 *
 * @internal
 */
export function findInterpreter(): Interpreter | undefined {
  const known = knownTools();
  known.interpreter ??= lookForInterpreter();
  return known.interpreter;
}

function lookForInterpreter(): Interpreter | undefined {
  for (const command of ['python3', 'python']) {
    const found = askInterpreter(command);
    const [major, minor] = (found?.version ?? '0.0').split('.').map(Number) as [number, number];
    if (major > OLDEST_PYTHON.major || (major === OLDEST_PYTHON.major && minor >= OLDEST_PYTHON.minor)) return found;
  }
  return undefined;
}

function askInterpreter(command: string): Interpreter | undefined {
  const ask = 'import json, sys, sysconfig; print(json.dumps([sys.executable, *sys.version_info[:2], sysconfig.get_platform()]))';
  const { succeeded, stdout } = run(command, ['-c', ask]);
  if (!succeeded) return undefined;
  const [executable, major, minor, platform] = JSON.parse(stdout) as [string, number, number, string];
  return { executable, version: `${major}.${minor}`, platform };
}

/**
 * Interpreter of one version, on the PATH or among those that uv has installed.
 *
 * @param version such as `3.13`
 *
 * @internal
 */
export function interpreterOf(version: string): Interpreter | undefined {
  const onPath = askInterpreter(`python${version}`);
  if (onPath?.version === version || !hasUv()) return onPath;
  const { succeeded, stdout } = runUv(['python', 'find', '--no-python-downloads', '--no-project', version]);
  const ofUv = succeeded ? askInterpreter(stdout.trim()) : undefined;
  return ofUv?.version === version ? ofUv : undefined;
}

/**
 * Python on the PATH, with pip.
 *
 * @throws ValidationError when there is none, or it has no pip
 *
 * @internal
 */
export function interpreterWithPip(): Interpreter {
  const interpreter = findInterpreter();
  const known = knownTools();
  known.hasPip ??= interpreter !== undefined && run(interpreter.executable, ['-m', 'pip', '--version']).succeeded;
  if (interpreter && known.hasPip) return interpreter;
  const got = interpreter ? `Python ${interpreter.version} without pip` : 'neither uv nor python3';
  throw new ValidationError(
    `installing Python packages requires uv, or Python ${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor} or newer with pip, on the PATH, got: ${got}; ` +
      'install uv (https://docs.astral.sh/uv/getting-started/installation) or pip (apt install python3-pip, or python3 -m ensurepip)',
  );
}

/**
 * Runs uv.
 *
 * @param environment variables to run it with
 *
 * @internal
 */
export function runUv(args: readonly string[], cwd?: string, environment = toolEnvironment()): CommandResult {
  return run('uv', args, cwd, environment);
}

/**
 * Runs the Python of this machine.
 *
 * @param environment variables to run it with
 *
 * @internal
 */
export function runPython(
  interpreter: Interpreter,
  args: readonly string[],
  cwd?: string,
  environment = toolEnvironment(),
): CommandResult {
  return run(interpreter.executable, args, cwd, environment);
}

/**
 * Variables for pip: of this environment, and of the files of settings on this machine, what says where packages are.
 *
 * @param bound whether packages must come from an index that the caller names
 *
 * @internal
 */
export function pipEnvironment(bound = false): NodeJS.ProcessEnv {
  const { stdout } = run(interpreterWithPip().executable, ['-m', 'pip', 'config', 'list'], undefined, pipConfigEnvironment());
  return { ...toolEnvironment(bound), ...pipVariables(stdout, bound) };
}

/** @internal */
export function runGit(args: readonly string[], cwd: string): CommandResult {
  return run('git', args, cwd, { ...process.env, GIT_TERMINAL_PROMPT: '0' });
}

function run(
  command: string,
  args: readonly string[],
  cwd?: string,
  environment: NodeJS.ProcessEnv = toolEnvironment(),
): CommandResult {
  const result: SpawnSyncReturns<string> = spawnSync(command, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: TIMEOUT_MS,
  });
  const stderr = result.error ? `${result.stderr ?? ''}${result.error.message}` : result.stderr;
  return { succeeded: result.status === 0, stdout: result.stdout ?? '', stderr: stderr ?? '' };
}
