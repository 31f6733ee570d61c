import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { ValidationError } from '../../private/errors';

/** Oldest Python that runs pip as we call it: that of MiniStack. */
const OLDEST = { major: 3, minor: 10 };
/** A package that takes longer to come than this does not come. */
const TIMEOUT_MS = 15 * 60_000;

/**
 * A Python interpreter of this machine.
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
 * What a command of this machine has said.
 *
 * @internal
 */
export interface CommandResult {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** What was found, by the PATH it was found on: a look takes tens of milliseconds, and each function would take one. */
const found = new Map<string, { interpreter?: Interpreter; hasPip?: boolean; hasUv?: boolean }>();

function findings(): { interpreter?: Interpreter; hasPip?: boolean; hasUv?: boolean } {
  const path = process.env.PATH ?? '';
  const known = found.get(path) ?? {};
  found.set(path, known);
  return known;
}

/**
 * Whether uv is on the PATH.
 *
 * @internal
 */
export function hasUv(): boolean {
  const known = findings();
  known.hasUv ??= runUv(['--version']).succeeded;
  return known.hasUv;
}

/**
 * The Python that is on the PATH, where there is one that is new enough: it also runs Python functions in the local run.
 *
 * @internal
 */
export function findInterpreter(): Interpreter | undefined {
  const known = findings();
  known.interpreter ??= lookForInterpreter();
  return known.interpreter;
}

function lookForInterpreter(): Interpreter | undefined {
  const ask = 'import json, sys, sysconfig; print(json.dumps([sys.executable, *sys.version_info[:2], sysconfig.get_platform()]))';
  for (const command of ['python3', 'python']) {
    const { succeeded, stdout } = run(command, ['-c', ask]);
    if (!succeeded) continue;
    const [executable, major, minor, platform] = JSON.parse(stdout) as [string, number, number, string];
    if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) {
      return { executable, version: `${major}.${minor}`, platform };
    }
  }
  return undefined;
}

/**
 * The Python that is on the PATH, with pip.
 *
 * @throws ValidationError when there is none, or pip is not a part of it: with how to install uv or pip
 *
 * @internal
 */
export function interpreterWithPip(): Interpreter {
  const interpreter = findInterpreter();
  const known = findings();
  known.hasPip ??= interpreter !== undefined && run(interpreter.executable, ['-m', 'pip', '--version']).succeeded;
  if (interpreter && known.hasPip) return interpreter;
  const got = interpreter ? `Python ${interpreter.version} without pip` : 'neither uv nor python3';
  throw new ValidationError(
    `installing Python packages needs uv, or Python ${OLDEST.major}.${OLDEST.minor} or newer with pip, on the PATH, got: ${got}. ` +
      'Install uv (https://docs.astral.sh/uv/getting-started/installation), or pip (apt install python3-pip, or python3 -m ensurepip)',
  );
}

/** @internal */
export function runUv(args: readonly string[], cwd?: string): CommandResult {
  return run('uv', args, cwd);
}

/** @internal */
export function runPython(interpreter: Interpreter, args: readonly string[], cwd?: string): CommandResult {
  return run(interpreter.executable, args, cwd);
}

function run(command: string, args: readonly string[], cwd?: string): CommandResult {
  const result: SpawnSyncReturns<string> = spawnSync(command, args, {
    cwd,
    env: commandEnvironment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: TIMEOUT_MS,
  });
  const stderr = result.error ? `${result.stderr ?? ''}${result.error.message}` : result.stderr;
  return { succeeded: result.status === 0, stdout: result.stdout ?? '', stderr: stderr ?? '' };
}

/**
 * What stays of the variables of pip and uv: indexes, proxies, certificates, caches, timeouts and retries.
 *
 * @see https://pip.pypa.io/en/stable/topics/configuration/#environment-variables
 * @see https://docs.astral.sh/uv/reference/environment/
 */
const KEPT = [
  /^PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|KEYRING_PROVIDER|CONFIG_FILE)$/,
  /^PIP_(PROXY|CERT|CLIENT_CERT|CACHE_DIR|NO_CACHE_DIR|TIMEOUT|DEFAULT_TIMEOUT|RETRIES)$/,
  /^UV_(DEFAULT_INDEX|INDEX|INDEX_\w+|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|INSECURE_HOST|KEYRING_PROVIDER|CONFIG_FILE)$/,
  /^UV_(HTTP_PROXY|HTTPS_PROXY|ALL_PROXY|NO_PROXY|NATIVE_TLS|SYSTEM_CERTS|CACHE_DIR|NO_CACHE|OFFLINE)$/,
  /^UV_(HTTP_TIMEOUT|HTTP_CONNECT_TIMEOUT|REQUEST_TIMEOUT|HTTP_RETRIES)$/,
];

/** What the user set of where packages come from stays; what would change where they go, or which come, is in no lock and no hash. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const kept = (name: string) => !/^(PIP|UV)_/.test(name) || KEPT.some((pattern) => pattern.test(name));
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name))),
    NO_COLOR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    PYTHONDONTWRITEBYTECODE: '1',
    UV_NO_PROGRESS: '1',
  };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'FORCE_COLOR']) delete environment[name];
  return environment;
}
