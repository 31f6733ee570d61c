import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore } from '../packaging/content-store';
import { hashContent } from '../packaging/hash';
import { projectCache } from '../packaging/project-cache';
import { writeZip, type ZipFacts } from './dependency-zip';

/** Raised when a new version of this library writes zips in another way. */
const FORMAT = 1;
const FACTS = 'facts.json';

/** A zip on disk. */
interface KeptZip extends ZipFacts {
  readonly path: string;
}

/**
 * Zips that are kept between synths: packing 100 MB takes seconds.
 *
 * @internal
 */
export class ZipCache {
  private readonly zips = new ContentStore(projectCache('dependencies'), readZip);

  /**
   * Returns the zip that was stored under a key, or packs it.
   *
   * @param key everything that decides which files the zip contains
   * @param filesOf returns the files: path within the zip → path on disk. It is given a temporary folder to work in
   * @param what name of the zip in error messages
   */
  public zip(key: string, filesOf: (work: string) => ReadonlyMap<string, string>, what: string): KeptZip {
    const hash = hashContent(`${FORMAT} ${key}`).slice(0, 32);
    return this.zips.find(hash) ?? this.zips.store(hash, (folder) => pack(folder, filesOf, what));
  }
}

function pack(folder: string, filesOf: (work: string) => ReadonlyMap<string, string>, what: string): void {
  const work = join(folder, 'work');
  mkdirSync(work);
  const facts = writeZip(filesOf(work), zipPath(folder), what);
  writeFileSync(join(folder, FACTS), JSON.stringify(facts));
  rmSync(work, { recursive: true, force: true });
}

function readZip(entry: string): KeptZip | undefined {
  const path = zipPath(entry);
  try {
    const facts: ZipFacts = JSON.parse(readFileSync(join(entry, FACTS), 'utf8'));
    return statSync(path).size === facts.size ? { ...facts, path } : undefined;
  } catch {
    return undefined;
  }
}

function zipPath(entry: string): string {
  return join(entry, 'dependency.zip');
}
