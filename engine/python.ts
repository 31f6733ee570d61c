import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OLDEST_PYTHON } from '../lib/packaging/constants';
import { ContentStore } from '../lib/packaging/content-store';
import { CommandError } from './errors';
import { type ProcessResult, runProcess } from './run-process';

const INSTALL_HINT = `Install Python ${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor} or newer from https://www.python.org/downloads, with the packages of your system (apt install python3 python3-venv), or with Homebrew (brew install python), and make sure that python3 is on the PATH.`;

/** A Python interpreter on the PATH. */
export interface Python {
  readonly command: string;
  /** Such as `3.11`. */
  readonly version: string;
}

/**
 * Finds a version of Python that MiniStack supports.
 *
 * @throws CommandError when the PATH has none
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const tooOld: string[] = [];
  for (const command of ['python3', 'python']) {
    const result = await tryRun(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], env);
    const match = /^(\d+)\.(\d+)\s*$/.exec(result?.stdout ?? '');
    if (result?.code !== 0 || !match) continue;
    const [major, minor] = [Number(match[1]), Number(match[2])];
    const version = `${major}.${minor}`;
    if (major > OLDEST_PYTHON.major || (major === OLDEST_PYTHON.major && minor >= OLDEST_PYTHON.minor))
      return { command, version };
    tooOld.push(`${command} is ${version}`);
  }
  throw new CommandError(
    `a local run requires Python ${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor} or newer, got: ${tooOld.join(', ') || 'no python3 on the PATH'}`,
    INSTALL_HINT,
  );
}

/**
 * Returns a virtual environment with the given packages, and installs them where it does not exist yet. Environments that were not
 * used for 30 days are deleted.
 *
 * @param directory folder of the environments; it may also hold other files
 * @param requirements name and version of each package, such as `ministack==1.5.33`
 * @param options.progress called before the packages are installed, which takes a while
 * @returns path of its interpreter
 * @throws CommandError with the reason that pip gives
 */
export async function virtualEnvironment(
  directory: string,
  requirements: readonly string[],
  options: { readonly progress?: (text: string) => void; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const python = await findPython();
  const environments = new ContentStore(directory, findInterpreter, 'venv-');
  const key = `${requirements.join('-').replaceAll('==', '-')}-python${python.version}`;
  const found = environments.find(key);
  if (found !== undefined) return found;
  options.progress?.(`installing ${requirements.join(', ').replaceAll('==', ' ')} (once)`);
  const partial = environments.open();
  try {
    const env = { ...process.env, PYTHONHOME: undefined, PYTHONPATH: undefined, VIRTUAL_ENV: undefined };
    const created = await runProcess(python.command, ['-m', 'venv', partial.folder], { env, signal: options.signal });
    if (created.code !== 0) {
      throw new CommandError(
        `'${python.command} -m venv' failed: ${lastLine(created)}`,
        'On Debian and Ubuntu install the module with: apt install python3-venv',
      );
    }
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', ...requirements];
    const installed = await runProcess(interpreterOf(partial.folder), pip, { env, signal: options.signal });
    if (installed.code !== 0) {
      throw new CommandError(
        `pip could not install ${requirements.join(', ')}: ${pipReason(installed)}`,
        'The first local run requires PyPI, or a mirror of it in PIP_INDEX_URL. Later runs need no network.',
      );
    }
    return partial.keep(key);
  } finally {
    partial.discard();
  }
}

function interpreterOf(environment: string): string {
  return process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}

/** The interpreter is a link to the Python that made the environment, which may have been uninstalled since. */
function findInterpreter(environment: string): string | undefined {
  const interpreter = interpreterOf(environment);
  return existsSync(interpreter) ? interpreter : undefined;
}

/** The reason in the output of pip, without its many lines about retries. */
export function pipReason(result: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  const connection = lines.map((line) => /'((?:\w+Error|\w+Timeout\w*)\(.*)'[^']*$/.exec(line)?.[1]).find(Boolean);
  const network = connection && /(?:Error|Timeout\w*)\(\s*["']?(.*?)["']?\)*\s*$/.exec(connection)?.[1];
  if (network) return `no network: ${network.replace(/^<.*?>: /, '').replace(/^\w+\(.*?\): /, '')}`;
  const errors = lines.filter((line) => line.startsWith('ERROR: '));
  return errors.at(-1)?.slice('ERROR: '.length) ?? lastLine(result);
}

function lastLine({ stdout, stderr }: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1)?.trim() || 'no output';
}

async function tryRun(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<ProcessResult | undefined> {
  try {
    return await runProcess(command, args, { env });
  } catch {
    return undefined;
  }
}
