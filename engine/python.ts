import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from './errors';
import { type ProcessResult, runProcess } from './run-process';

/** Oldest Python that MiniStack runs on. */
const OLDEST = { major: 3, minor: 10 };
const INSTALL_HINT =
  'Install Python 3.10 or newer from https://www.python.org/downloads, with the packages of your system (apt install python3 python3-venv), or with Homebrew (brew install python), and make sure that python3 is on the PATH.';

/** A Python interpreter on the PATH. */
export interface Python {
  readonly command: string;
  /** Such as `3.11`. */
  readonly version: string;
}

/**
 * Finds a Python that is new enough.
 *
 * @throws CommandError when there is none
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const tooOld: string[] = [];
  for (const command of ['python3', 'python']) {
    const result = await tryRun(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], env);
    const match = /^(\d+)\.(\d+)\s*$/.exec(result?.stdout ?? '');
    if (result?.code !== 0 || !match) continue;
    const [major, minor] = [Number(match[1]), Number(match[2])];
    const version = `${major}.${minor}`;
    if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return { command, version };
    tooOld.push(`${command} is ${version}`);
  }
  throw new CommandError(
    `the local run needs Python ${OLDEST.major}.${OLDEST.minor} or newer, got: ${tooOld.join(', ') || 'no python3 on the PATH'}`,
    INSTALL_HINT,
  );
}

/**
 * Makes a virtual environment with some packages, or takes the one that is there.
 *
 * It is built in a folder of its own and put in place by one rename: one that was interrupted is never taken for whole, and
 * of two processes that build at once the first wins.
 *
 * @param requirements name and version of each, such as `ministack==1.5.33`
 * @param progress called when it has to be made, which takes a while
 * @returns path of its interpreter
 * @throws CommandError with pip's reason
 */
export async function virtualEnvironment(
  directory: string,
  requirements: readonly string[],
  options: { readonly progress?: (text: string) => void; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const python = await findPython();
  const folder = join(directory, `venv-${requirements.join('-').replaceAll('==', '-')}-python${python.version}`);
  if (existsSync(interpreter(folder))) return interpreter(folder);
  options.progress?.(`installing ${requirements.join(', ').replaceAll('==', ' ')} (once)`);
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  const partial = await mkdtemp(join(directory, 'venv-partial-'));
  try {
    const env = { ...process.env, PYTHONHOME: undefined, PYTHONPATH: undefined, VIRTUAL_ENV: undefined };
    const made = await runProcess(python.command, ['-m', 'venv', partial], { env, signal: options.signal });
    if (made.code !== 0) {
      throw new CommandError(
        `'${python.command} -m venv' failed: ${lastLine(made)}`,
        'On Debian and Ubuntu the module is a package of its own: apt install python3-venv',
      );
    }
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', ...requirements];
    const installed = await runProcess(interpreter(partial), pip, { env, signal: options.signal });
    if (installed.code !== 0) {
      throw new CommandError(
        `pip could not install ${requirements.join(', ')}: ${pipReason(installed)}`,
        'The first start of the local run needs PyPI, or a mirror of it that PIP_INDEX_URL names; later starts need no network.',
      );
    }
    await putInPlace(partial, folder);
    return interpreter(folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function interpreter(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

async function putInPlace(partial: string, folder: string): Promise<void> {
  // One whose interpreter is gone: it was uninstalled.
  if (existsSync(folder) && !existsSync(interpreter(folder))) await rm(folder, { recursive: true, force: true });
  try {
    await rename(partial, folder);
  } catch (error) {
    // Another process was first: its folder serves.
    if (!existsSync(interpreter(folder))) throw error;
  }
}

/** Deletes what an interrupted build left an hour ago or earlier: a younger one may still be going. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!name.startsWith('venv-partial-')) continue;
    const stats = await stat(path).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

/** What pip says in the end, in short: of a network that is not there it says so many times first. */
export function pipReason(result: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  const connection = lines.map((line) => /'((?:\w+Error|\w+Timeout\w*)\(.*)'[^']*$/.exec(line)?.[1]).find(Boolean);
  const network = connection && /(?:Error|Timeout\w*)\(\s*["']?(.*?)["']?\)*\s*$/.exec(connection)?.[1];
  if (network) return `no network: ${network.replace(/^<.*?>: /, '').replace(/^\w+\(.*?\): /, '')}`;
  const errors = lines.filter((line) => line.startsWith('ERROR: '));
  return errors.at(-1)?.slice('ERROR: '.length) ?? lastLine(result);
}

function lastLine({ stdout, stderr }: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1)?.trim() || 'it said nothing';
}

async function tryRun(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<ProcessResult | undefined> {
  try {
    return await runProcess(command, args, { env });
  } catch {
    return undefined;
  }
}
