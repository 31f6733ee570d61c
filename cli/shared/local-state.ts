import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { CommandError, reasonOf } from '../../engine/errors';
import { STATE_FOLDER } from '../../engine/ministack';
import { isSameProcess, processIdentity } from './process-identity';

const FILE = 'local.json';

/** What other commands need to know of a local run. */
export interface LocalState {
  /** Process id of the `npx cdk-katamari local` command. */
  readonly pid: number;
  /** Identity of that process: another process may get its id later. */
  readonly process?: string;
  /** Such as `http://127.0.0.1:4566`; undefined while it starts or stops. */
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
  process: z.optional(z.string()),
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
   * Finds the local run of the app in a folder or in the folders above it. It may still be starting, or too busy to answer.
   *
   * @returns undefined when none is up
   */
  public static findLive(directory: string): LocalState | undefined {
    for (let folder = directory; ; folder = dirname(folder)) {
      const state = new LocalStateFile(folder).readLive();
      if (state) return state;
      if (dirname(folder) === folder) return undefined;
    }
  }

  /**
   * Reads the state.
   *
   * @returns undefined when the process of the local run has ended
   */
  public readLive(): LocalState | undefined {
    const state = this.read();
    return state && isSameProcess(state.pid, state.process) ? state : undefined;
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
    const partial = `${this.path}.${process.pid}`;
    writeFileSync(partial, JSON.stringify(ownProcess()));
    try {
      // A link, so that no other process sees the file before it has its content.
      linkSync(partial, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(partial, { force: true });
    }
  }

  /** Writes the state of the local run of this process. Without values, the local run is starting or stopping. */
  public write(state: Omit<LocalState, 'pid' | 'process'> = {}): void {
    const partial = `${this.path}.${process.pid}`;
    writeFileSync(partial, `${JSON.stringify({ ...ownProcess(), ...state }, undefined, 2)}\n`);
    renameSync(partial, this.path);
  }

  public remove(): void {
    rmSync(this.path, { force: true });
  }

  private read(): LocalState | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw new CommandError(`cannot read the state of the local run: ${reasonOf(error)}`, 'Pass --aws to use AWS.', {
        cause: error,
      });
    }
    try {
      return localState.parse(JSON.parse(text));
    } catch {
      // It is not a file of this command, which writes it at once.
      return undefined;
    }
  }
}

function ownProcess(): Pick<LocalState, 'pid' | 'process'> {
  return { pid: process.pid, process: processIdentity(process.pid) };
}
