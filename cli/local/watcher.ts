import { createHash } from 'node:crypto';
import { type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Folders that hold no source: what is installed, built or synthesized. Those whose name begins with a dot neither. */
const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'coverage', '__pycache__', 'venv']);
/** Files that a synth or an editor writes by itself. */
const IGNORED_FILES = /^\.|~$|\.(?:swp|swx|tmp|log|tsbuildinfo|pyc)$|^cdk\.context\.json$|^\d+$/;
/** How long the folder must be still before a change counts, in milliseconds: editors and Git write many files at once. */
const STILL_MS = 250;
/** Larger files are told apart by size and time alone. */
const HASHED_BYTES = 4 * 1024 * 1024;

const DELETED = 'deleted';

/** Whether a folder is left out of what is watched. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith('.') || name.startsWith('cdk.out') || IGNORED_FOLDERS.has(name);
}

/** Watches the files of an app. */
export class Watcher {
  private readonly folders = new Map<string, FSWatcher>();
  private readonly contents = new Map<string, string>();
  /** Path → what it had before it changed. */
  private readonly changed = new Map<string, string | undefined>();
  private timer?: NodeJS.Timeout;

  /** @param onChange called with the paths that changed, relative to the folder, once the folder is still */
  public constructor(
    private readonly root: string,
    private readonly onChange: (paths: readonly string[]) => void,
  ) {
    this.add(root, false);
  }

  public close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.folders.values()) watcher.close();
    this.folders.clear();
  }

  /** @param report whether what is in the folder counts as changed: it does in one that is new */
  private add(folder: string, report: boolean): void {
    if (this.folders.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => this.look(folder, name));
      watcher.on('error', () => this.forget(folder));
      this.folders.set(folder, watcher);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !isIgnoredFolder(entry.name)) this.add(join(folder, entry.name), report);
        else if (entry.isFile()) this.note(join(folder, entry.name), entry.name, report);
      }
    } catch {
      // Deleted meanwhile.
      this.forget(folder);
    }
  }

  private look(folder: string, name: string | null): void {
    if (name === null) return;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      if (!isIgnoredFolder(name)) this.add(path, true);
      return;
    }
    if (!stats && this.folders.has(path)) {
      this.forget(path);
      for (const [file, before] of this.contents) {
        if (!file.startsWith(join(path, sep)) || before === DELETED) continue;
        this.contents.set(file, DELETED);
        this.report(file, before);
      }
      return;
    }
    this.note(path, name, true);
  }

  private note(path: string, name: string, report: boolean): void {
    if (IGNORED_FILES.test(name)) return;
    const content = fingerprint(path);
    // Written with what it had: a build step of the app writes its results at each synth.
    const before = this.contents.get(path);
    if (before === content) return;
    this.contents.set(path, content);
    if (report) this.report(path, before);
  }

  private report(path: string, before: string | undefined): void {
    if (!this.changed.has(path)) this.changed.set(path, before);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // Not what is as it was: an editor's temporary file that came and went.
      const paths = [...this.changed].filter(([file, first]) => this.contents.get(file) !== (first ?? DELETED));
      this.changed.clear();
      if (paths.length > 0) this.onChange(paths.map(([file]) => relative(this.root, file)).sort());
    }, STILL_MS);
  }

  private forget(folder: string): void {
    for (const [path, watcher] of this.folders) {
      if (path !== folder && !path.startsWith(join(folder, sep))) continue;
      watcher.close();
      this.folders.delete(path);
    }
  }
}

function fingerprint(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size > HASHED_BYTES) return `${size} ${mtimeMs}`;
    return createHash('sha256').update(readFileSync(path)).digest('base64');
  } catch {
    return DELETED;
  }
}
