import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { MINISTACK_REQUIREMENTS } from '../../engine/ministack';
import { virtualEnvironment } from '../../engine/python';
import { scratchFolder } from '../support/scratch';
import { until } from '../support/until';

export const ROOT = join(__dirname, '..', '..');
const COMMAND = join(ROOT, 'dist', 'cli', 'katamari.js');
const SHARED = join(ROOT, '.katamari');

/** How long a command may take to stop what it has started before it is killed. */
const KILLED_AFTER_MS = 30_000;

/** Files of an app: name → content. */
export type AppFiles = Readonly<Record<string, string>>;

/**
 * A CDK app in its own folder. The folder is within the repository, so that the app finds this package.
 *
 * @param files the files of the app, or the name of a folder in test/fixtures/apps
 */
export class TestApp {
  public readonly directory: string;
  private readonly running: RunningCommand[] = [];

  public constructor(files: AppFiles | string) {
    this.directory = scratchFolder('app');
    if (typeof files === 'string') {
      const omitState = (path: string) => basename(path) !== '.katamari';
      cpSync(join(ROOT, 'test', 'fixtures', 'apps', files), this.directory, { recursive: true, filter: omitState });
    } else {
      for (const [name, content] of Object.entries(files)) this.write(name, content);
    }
  }

  /** Links the virtual environment that all tests share into the app, so that the app does not install its own. */
  public async withMiniStack(): Promise<this> {
    const folder = dirname(dirname(await virtualEnvironment(SHARED, MINISTACK_REQUIREMENTS)));
    mkdirSync(join(this.directory, '.katamari'), { recursive: true });
    symlinkSync(folder, join(this.directory, '.katamari', basename(folder)));
    return this;
  }

  public write(name: string, content: string): void {
    writeFileSync(join(this.directory, name), content);
  }

  /** Writes a file and creates its folder. */
  public writeNested(path: string, content: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    this.write(path, content);
  }

  /** Starts the command in the folder of the app. */
  public start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningCommand {
    const command = new RunningCommand(this.directory, args, environment);
    this.running.push(command);
    return command;
  }

  /** Runs the command and waits until it ends. */
  public async run(...args: string[]): Promise<FinishedCommand> {
    return this.start(args).finished;
  }

  /** Runs the command with standard input that comes in parts, with pauses between them. */
  public async pipe(args: readonly string[], parts: readonly string[], pauseMs: number): Promise<FinishedCommand> {
    const command = new RunningCommand(this.directory, args, {}, 'pipe');
    this.running.push(command);
    for (const part of parts) {
      await pause(pauseMs);
      command.input?.write(part);
    }
    command.input?.end();
    return command.finished;
  }

  /** Runs the command with --json and parses its output. */
  public async json<Result>(...args: string[]): Promise<Result> {
    const { stdout, stderr, code } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`katamari ${args.join(' ')} failed: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Result;
  }

  /** Stops all running commands and deletes the folder. */
  public async remove(): Promise<void> {
    for (const command of this.running) await command.end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The result of a command. */
export interface FinishedCommand {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process of the built command. */
export class RunningCommand {
  public readonly finished: Promise<FinishedCommand>;
  private readonly child: ChildProcess;
  private readonly texts = { stdout: '', stderr: '' };
  private ended = false;

  public constructor(
    directory: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    stdin: 'ignore' | 'pipe' = 'ignore',
  ) {
    const { AWS_PROFILE, NODE_OPTIONS, FORCE_COLOR, ...own } = process.env;
    this.child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: directory,
      env: { ...own, NO_COLOR: '1', ...environment },
      stdio: [stdin, 'pipe', 'pipe'],
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

  /** Standard input, if it is a pipe. */
  public get input(): Writable | null {
    return this.child.stdin;
  }

  /** The output so far. */
  public get output(): string {
    return this.texts.stderr + this.texts.stdout;
  }

  public signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until standard output contains a text. `after` is the length of earlier output to ignore. */
  public async waitForOutput(text: string, timeoutMs = 120_000, after = 0): Promise<void> {
    const written = () => {
      if (this.texts.stdout.slice(after).includes(text)) return true;
      if (this.ended) throw new Error(`the command ended without writing '${text}':\n${this.output}`);
      return this.output;
    };
    await until(`'${text}' in the output`, timeoutMs, written, (answer) => answer === true);
  }

  /** Length of the standard output so far. */
  public get length(): number {
    return this.texts.stdout.length;
  }

  public async end(): Promise<void> {
    if (this.ended) return;
    this.child.kill('SIGTERM');
    const killed = setTimeout(() => this.child.kill('SIGKILL'), KILLED_AFTER_MS);
    await this.finished;
    clearTimeout(killed);
  }
}

/** Checks whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
