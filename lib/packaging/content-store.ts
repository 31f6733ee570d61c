import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';

// engine/ uses this file too: no import of aws-cdk-lib or of other files of lib/ here.

/** Entries that nothing has used for this long are deleted: each change of a source or a lock leaves an entry behind. */
const UNUSED_MS = 30 * 24 * 3_600_000;
/** Partial entries older than this were left by an interrupted process. */
const ABANDONED_MS = 3_600_000;
const PARTIAL_PREFIX = '.partial-';
/** Longer than the time between two renames of another process. */
const READ_BACK = { attempts: 100, pauseMs: 10 };

/** An entry that is being written. */
interface PartialEntry<Content> {
  /** Folder to write to. */
  readonly folder: string;

  /**
   * Puts the folder into the store. Where another process has stored a complete entry under the same key first, that entry is
   * returned instead.
   */
  keep(key: string): Content;

  /** Deletes what was written and not kept. */
  discard(): void;
}

/**
 * Folders that are kept between processes, each under a key that names its content.
 *
 * Several processes may use a store at once. An entry is written to a folder of its own and put in place by one rename, so that
 * an interrupted process leaves no entry that looks complete. Entries are read-only once they are in place. The modes of their files
 * are the same on every machine.
 *
 * @internal
 */
export class ContentStore<Content> {
  private pruned = false;

  /**
   * @param directory folder of the store
   * @param read reads an entry; returns undefined when it is missing or incomplete, in which case it is written again
   * @param prefix start of the name of each entry, where the folder also holds files that are not entries
   */
  public constructor(
    private readonly directory: string,
    private readonly read: (folder: string) => Content | undefined,
    private readonly prefix = '',
  ) {}

  /** Returns the entry that was stored under a key, and marks it as used. */
  public find(key: string): Content | undefined {
    const entry = this.entryOf(key);
    // Mark first, so that no other process prunes the entry before it is read.
    markAsUsed(entry);
    return this.read(entry);
  }

  /** Stores an entry under a key. */
  public store(key: string, write: (folder: string) => void): Content {
    const partial = this.open();
    try {
      write(partial.folder);
      return partial.keep(key);
    } finally {
      partial.discard();
    }
  }

  /** Opens an entry whose key is known only once it is written, or that is written asynchronously. */
  public open(): PartialEntry<Content> {
    mkdirSync(this.directory, { recursive: true });
    this.prune();
    const folder = mkdtempSync(join(this.directory, PARTIAL_PREFIX));
    return {
      folder,
      keep: (key) => this.putInPlace(folder, this.entryOf(key)),
      discard: () => rmSync(folder, { recursive: true, force: true }),
    };
  }

  private entryOf(key: string): string {
    return join(this.directory, `${this.prefix}${key}`);
  }

  private putInPlace(folder: string, entry: string): Content {
    if (this.read(folder) === undefined) throw new Error(`the entry ${entry} is incomplete after it was written`);
    normalizeModes(folder);
    markAsUsed(folder);
    try {
      renameSync(folder, entry);
    } catch {
      // Either another process was first, or the entry is incomplete.
      const first = this.read(entry);
      if (first !== undefined) return first;
      this.replace(entry, folder);
    }
    return this.readBack(entry);
  }

  private replace(entry: string, folder: string): void {
    // Undefined where another process is replacing it too: then one of the two renames succeeds.
    const aside = this.setAside(entry);
    try {
      renameSync(folder, entry);
    } catch (error) {
      if (this.read(entry) === undefined) throw error;
    } finally {
      if (aside !== undefined) rmSync(aside, { recursive: true, force: true });
    }
  }

  /** Reads an entry that was put in place. It is missing for a moment while another process replaces it. */
  private readBack(entry: string): Content {
    for (let attempt = 0; attempt < READ_BACK.attempts; attempt++) {
      const content = this.read(entry);
      if (content !== undefined) return content;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READ_BACK.pauseMs);
    }
    throw new Error(`the entry ${entry} was removed while it was stored`);
  }

  /** Prunes once per process; scanning for every entry is too slow. */
  private prune(): void {
    if (this.pruned) return;
    this.pruned = true;
    for (const name of readdirSync(this.directory)) {
      if (name.startsWith(PARTIAL_PREFIX)) this.deleteOlder(name, ABANDONED_MS);
      else if (name.startsWith(this.prefix)) this.deleteOlder(name, UNUSED_MS);
    }
  }

  private deleteOlder(name: string, limit: number): void {
    const path = join(this.directory, name);
    if (ageOf(path) <= limit) return;
    const aside = this.setAside(path);
    if (aside === undefined) return;
    try {
      if (ageOf(aside) > limit) rmSync(aside, { recursive: true, force: true });
      // Another process has used it since.
      else renameSync(aside, path);
    } catch {
      // It is tried again in an hour. A store that cannot be pruned still serves.
    }
  }

  /**
   * Renames a path before deletion, so that a partly deleted entry never looks complete. Of several processes, only one succeeds.
   *
   * @returns the new path; undefined when another process was first, or a file is in use
   */
  private setAside(path: string): string | undefined {
    const aside = join(this.directory, `${PARTIAL_PREFIX}${basename(path).replace(PARTIAL_PREFIX, '')}-${randomUUID()}`);
    try {
      renameSync(path, aside);
      return aside;
    } catch {
      return undefined;
    }
  }
}

/**
 * Sets the mode of folders and of executable files to 755, and of other files to 644. Modes go into assets: a function could not read
 * the files of somebody whose umask is 077.
 */
function normalizeModes(folder: string): void {
  setMode(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normalizeModes(path);
    else if (entry.isFile()) setMode(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function setMode(path: string, mode: number): void {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
}

function markAsUsed(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // It is missing, or the store is read-only: a read-only store can be used.
  }
}

/** Milliseconds since a path was last used; 0 when it does not exist. */
function ageOf(path: string): number {
  const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return used === undefined ? 0 : Date.now() - used;
}
