import { createHash } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/** Folders that hold no sources: installed, built and synthesized files. */
const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'coverage', '__pycache__', 'venv']);
/** Files that a synth or an editor writes by itself. */
const IGNORED_FILES = /^\.|~$|\.(?:swp|swx|tmp|log|tsbuildinfo|pyc)$|^cdk\.context\.json$|^\d+$/;
/** How long no file may change before changes are reported, in milliseconds. Editors and Git write many files at once. */
const STILL_MS = 250;
/** Largest file to compare by content, in bytes. Larger files are compared by size and time. */
const MAX_HASHED_BYTES = 4 * 1024 * 1024;

const DELETED = 'deleted';

/** Tells whether the watcher ignores a folder. It also ignores folders whose name begins with a dot. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith('.') || name.startsWith('cdk.out') || IGNORED_FOLDERS.has(name);
}

/** Watches the files of an app, and reports those whose content changes. */
export class Watcher {
  /** @param onChange called with the paths that changed, relative to `root`, once no file changes any more */
  public static async start(root: string, onChange: (paths: readonly string[]) => void): Promise<Watcher> {
    const watcher = watch(root, { ignored: (path, stats) => path !== root && isIgnored(path, stats) });
    const started = new Watcher(root, watcher, onChange);
    await new Promise<void>((resolve) => watcher.once('ready', resolve));
    started.ready = true;
    return started;
  }

  private ready = false;
  private readonly contents = new Map<string, string>();
  /** Path → content before the change. */
  private readonly changed = new Map<string, string | undefined>();
  private timer?: NodeJS.Timeout;

  private constructor(
    private readonly root: string,
    private readonly watcher: FSWatcher,
    private readonly onChange: (paths: readonly string[]) => void,
  ) {
    for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, (path) => this.look(path));
    // A folder that can't be watched, such as one that was deleted meanwhile, must not end the local run.
    watcher.on('error', () => undefined);
  }

  public async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.watcher.close();
  }

  private look(path: string): void {
    const content = fingerprint(path);
    // A build step of the app may write the same results at each synth.
    const before = this.contents.get(path);
    if (before === content) return;
    this.contents.set(path, content);
    if (this.ready) this.report(path, before);
  }

  private report(path: string, before: string | undefined): void {
    if (!this.changed.has(path)) this.changed.set(path, before);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // Leaves out files that are as they were, such as an editor's temporary file that was written and deleted.
      const paths = [...this.changed].filter(([file, first]) => this.contents.get(file) !== (first ?? DELETED));
      this.changed.clear();
      if (paths.length > 0) this.onChange(paths.map(([file]) => relative(this.root, file)).sort());
    }, STILL_MS);
  }
}

/** Without stats, the path may be a folder or a file: chokidar asks again when it knows. */
function isIgnored(path: string, stats: Stats | undefined): boolean {
  if (stats?.isDirectory()) return isIgnoredFolder(basename(path));
  return stats !== undefined && (!stats.isFile() || IGNORED_FILES.test(basename(path)));
}

function fingerprint(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size > MAX_HASHED_BYTES) return `${size} ${mtimeMs}`;
    return createHash('sha256').update(readFileSync(path)).digest('base64');
  } catch {
    return DELETED;
  }
}
