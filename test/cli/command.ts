import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MINISTACK_REQUIREMENTS } from '../../engine/ministack';
import { virtualEnvironment } from '../../engine/python';
import { waitFor } from '../../engine/wait-for';

export const ROOT = join(__dirname, '..', '..');
const COMMAND = join(ROOT, 'dist', 'cli', 'katamari.js');
const SHARED = join(ROOT, '.katamari');

/** Files of an app: its name → its content. */
export type AppFiles = Readonly<Record<string, string>>;

/**
 * A CDK app in a folder of its own, within this package so that it finds it.
 *
 * @param files what it is made of, or the name of a folder of test/fixtures/apps
 */
export class TestApp {
  public readonly directory: string;
  private readonly running: RunningCommand[] = [];

  public constructor(files: AppFiles | string) {
    const parent = join(ROOT, '.katamari');
    mkdirSync(parent, { recursive: true });
    this.directory = mkdtempSync(join(parent, 'test-'));
    if (typeof files === 'string') {
      const omitState = (path: string) => basename(path) !== '.katamari';
      cpSync(join(ROOT, 'test', 'fixtures', 'apps', files), this.directory, { recursive: true, filter: omitState });
    } else {
      for (const [name, content] of Object.entries(files)) this.write(name, content);
    }
  }

  /** Gives it the virtual environment that the tests share, so that each need not install one. */
  public async withMiniStack(): Promise<this> {
    const folder = dirname(dirname(await virtualEnvironment(SHARED, MINISTACK_REQUIREMENTS)));
    mkdirSync(join(this.directory, '.katamari'), { recursive: true });
    symlinkSync(folder, join(this.directory, '.katamari', basename(folder)));
    return this;
  }

  public write(name: string, content: string): void {
    writeFileSync(join(this.directory, name), content);
  }

  /** Writes a file into a folder of its own. */
  public writeBelow(path: string, content: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    this.write(path, content);
  }

  /** Starts the command in the app's folder. */
  public start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningCommand {
    const command = new RunningCommand(this.directory, args, environment);
    this.running.push(command);
    return command;
  }

  /** Runs the command to its end. */
  public async run(...args: string[]): Promise<FinishedCommand> {
    return this.start(args).finished;
  }

  /** What the command prints as JSON. */
  public async json<Result>(...args: string[]): Promise<Result> {
    const { stdout, stderr, code } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`katamari ${args.join(' ')} failed: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Result;
  }

  /** Ends what still runs, and deletes the folder. */
  public async remove(): Promise<void> {
    for (const command of this.running) await command.end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** How a command ended. */
export interface FinishedCommand {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command, running. */
export class RunningCommand {
  public readonly finished: Promise<FinishedCommand>;
  private readonly child: ChildProcess;
  private readonly texts = { stdout: '', stderr: '' };
  private ended = false;

  public constructor(directory: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    const { AWS_PROFILE, NODE_OPTIONS, FORCE_COLOR, ...own } = process.env;
    this.child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: directory,
      env: { ...own, NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this.texts[name] += text;
      });
    }
    this.finished = new Promise((resolve) => {
      this.child.once('close', (code) => {
        this.ended = true;
        resolve({ code, ...this.texts });
      });
    });
  }

  /** All that it has written. */
  public get output(): string {
    return this.texts.stderr + this.texts.stdout;
  }

  public signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until it has written a text; of several, until the newest has come after the given length of output. */
  public async wrote(text: string, timeoutMs = 120_000, after = 0): Promise<void> {
    await until(`'${text}' in the output`, timeoutMs, () => {
      if (this.texts.stdout.slice(after).includes(text)) return true;
      if (this.ended) throw new Error(`the command has ended without '${text}':\n${this.output}`);
      return false;
    }).catch((error: Error) => {
      throw new Error(`${error.message}:\n${this.output}`);
    });
  }

  /** Length of what it has written to standard output. */
  public get length(): number {
    return this.texts.stdout.length;
  }

  public async end(): Promise<void> {
    if (this.ended) return;
    this.child.kill('SIGTERM');
    await Promise.race([this.finished, setTimeout(10_000, undefined, { ref: false })]);
    if (!this.ended) this.child.kill('SIGKILL');
  }
}

/** Waits until a check passes. */
export function until(what: string, timeoutMs: number, check: () => boolean | Promise<boolean>): Promise<void> {
  return waitFor(check, { what, timeoutMs, intervalMs: 200 });
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
