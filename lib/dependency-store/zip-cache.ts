import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hashContent } from '../packaging/bundle-cache';
import { projectCache } from '../packaging/project-cache';
import { writeZip, type ZipFacts } from './dependency-zip';

/** Raised when zips are written in another way. */
const FORMAT = 1;
/** What no synth has used for so long goes: each change of a dependency leaves a zip behind. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** What an interrupted synth has left. */
const ABANDONED_MS = 3_600_000;

/**
 * A dependency as it goes to S3.
 *
 * @internal
 */
export interface KeptZip extends ZipFacts {
  readonly path: string;
}

/**
 * Zips kept between synths, below `node_modules/.cache`: packing 100 MB takes seconds.
 *
 * @internal
 */
export class ZipCache {
  private readonly directory = projectCache('dependencies');

  /**
   * The zip that was made for `key`, or else one that is made now.
   *
   * @param key all that decides what is in it
   * @param filesOf is given a folder to work in, which goes again, and gives the files
   * @param what it is, for messages
   */
  public zip(key: string, filesOf: (work: string) => ReadonlyMap<string, string>, what: string): KeptZip {
    const entry = join(this.directory, hashContent(`${FORMAT} ${key}`).slice(0, 32));
    const found = this.find(entry);
    if (found) return found;
    mkdirSync(this.directory, { recursive: true });
    this.removeUnused();
    const partial = mkdtempSync(join(this.directory, '.partial-'));
    try {
      const kept = join(partial, 'kept');
      const work = join(partial, 'work');
      for (const folder of [kept, work]) mkdirSync(folder);
      const facts = writeZip(filesOf(work), zipPath(kept), what);
      writeFileSync(join(kept, 'facts.json'), JSON.stringify(facts));
      this.putInPlace(kept, entry);
      return { ...facts, path: zipPath(entry) };
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }

  private find(entry: string): KeptZip | undefined {
    try {
      const facts: ZipFacts = JSON.parse(readFileSync(join(entry, 'facts.json'), 'utf8'));
      if (statSync(zipPath(entry)).size !== facts.size) return undefined;
      utimesSync(entry, new Date(), new Date());
      return { ...facts, path: zipPath(entry) };
    } catch {
      return undefined;
    }
  }

  private putInPlace(kept: string, entry: string): void {
    // One that is there and was not found is broken.
    if (existsSync(entry) && !this.find(entry)) rmSync(entry, { recursive: true, force: true });
    try {
      renameSync(kept, entry);
    } catch (error) {
      // Another synth was first: its zip serves.
      if (!this.find(entry)) throw error;
    }
  }

  private removeUnused(): void {
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > (name.startsWith('.partial-') ? ABANDONED_MS : KEPT_MS)) rmSync(path, { recursive: true, force: true });
    }
  }
}

function zipPath(entry: string): string {
  return join(entry, 'dependency.zip');
}
