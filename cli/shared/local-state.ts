import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isHealthy } from '../../engine/ministack';

/** Folder, in the app's, for what the local run keeps. */
export const STATE_FOLDER = '.katamari';
const FILE = 'local.json';
/** A start that has taken longer was cut off: its process id may be another program's by now. */
const LONGEST_START_MS = 600_000;

/** What a local run tells the other commands. */
export interface LocalState {
  /** Process id of the `katamari local` command. */
  readonly pid: number;
  /** Such as `http://127.0.0.1:4566`; none while it starts. */
  readonly endpoint?: string;
  /** Region that its MiniStack stands for. */
  readonly region?: string;
  /** Process id of its MiniStack. */
  readonly ministackPid?: number;
  readonly stackNames?: readonly string[];
  /** Address of the files that it serves. */
  readonly served?: string;
}

/** The state that the local run of an app keeps in the app's folder. */
export class LocalStateFile {
  public readonly folder: string;
  private readonly path: string;

  /** @param directory folder of the app */
  public constructor(directory: string) {
    this.folder = join(directory, STATE_FOLDER);
    this.path = join(this.folder, FILE);
  }

  /** The local run of this folder's app, or of the one around it; undefined where none is up. */
  public static async findLive(directory: string): Promise<LocalState | undefined> {
    for (let folder = directory; ; folder = dirname(folder)) {
      const state = await new LocalStateFile(folder).readLive();
      if (state) return state;
      if (dirname(folder) === folder) return undefined;
    }
  }

  /** What the file says, while that is so. */
  public async readLive(): Promise<LocalState | undefined> {
    const state = this.read();
    if (!state || !isAlive(state.pid)) return undefined;
    if (state.endpoint) return (await isHealthy(state.endpoint)) ? state : undefined;
    return Date.now() - (statSync(this.path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < LONGEST_START_MS ? state : undefined;
  }

  /**
   * Takes the folder for this process.
   *
   * @returns false where another process was first
   */
  public claim(): boolean {
    mkdirSync(this.folder, { recursive: true });
    const ignore = join(this.folder, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
    try {
      writeFileSync(this.path, JSON.stringify({ pid: process.pid }), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  public write(state: LocalState): void {
    const partial = `${this.path}.${process.pid}`;
    writeFileSync(partial, `${JSON.stringify(state, undefined, 2)}\n`);
    renameSync(partial, this.path);
  }

  public remove(): void {
    rmSync(this.path, { force: true });
  }

  private read(): LocalState | undefined {
    try {
      const state = JSON.parse(readFileSync(this.path, 'utf8')) as LocalState;
      return Number.isInteger(state.pid) ? state : undefined;
    } catch {
      return undefined;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
