import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { isHealthy, STATE_FOLDER } from '../../engine/ministack';

const FILE = 'local.json';
/** Longest start. The process of an older start has ended, and another program may have its id by now. */
const LONGEST_START_MS = 600_000;

/** What other commands need to know of a local run. */
export interface LocalState {
  /** Process id of the `katamari local` command. */
  readonly pid: number;
  /** Such as `http://127.0.0.1:4566`; undefined while it starts. */
  readonly endpoint?: string;
  /** Region that its MiniStack emulates. */
  readonly region?: string;
  /** Process id of its MiniStack. */
  readonly ministackPid?: number;
  readonly stackNames?: readonly string[];
  /** Address of its file server. */
  readonly served?: string;
}

const localState = z.object({
  pid: z.int(),
  endpoint: z.optional(z.string()),
  region: z.optional(z.string()),
  ministackPid: z.optional(z.int()),
  stackNames: z.optional(z.array(z.string())),
  served: z.optional(z.string()),
});

/** The file in the app's folder with the state of its local run. */
export class LocalStateFile {
  public readonly folder: string;
  private readonly path: string;

  /** @param directory folder of the app */
  public constructor(directory: string) {
    this.folder = join(directory, STATE_FOLDER);
    this.path = join(this.folder, FILE);
  }

  /**
   * Finds the local run of the app in a folder or in the folders above it.
   *
   * @returns undefined when none is up
   */
  public static async findLive(directory: string): Promise<LocalState | undefined> {
    for (let folder = directory; ; folder = dirname(folder)) {
      const state = await new LocalStateFile(folder).readLive();
      if (state) return state;
      if (dirname(folder) === folder) return undefined;
    }
  }

  /**
   * Reads the state.
   *
   * @returns undefined when the local run is not up
   */
  public async readLive(): Promise<LocalState | undefined> {
    const state = this.read();
    if (!state || !isAlive(state.pid)) return undefined;
    if (state.endpoint) return (await isHealthy(state.endpoint)) ? state : undefined;
    return Date.now() - (statSync(this.path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < LONGEST_START_MS ? state : undefined;
  }

  /**
   * Reserves the folder for this process.
   *
   * @returns false when another process has it
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
      return localState.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      // There is no file, or it is not one of this command.
      return undefined;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
