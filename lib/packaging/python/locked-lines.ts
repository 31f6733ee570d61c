import { pathToFileURL } from 'node:url';
import type { PackageIndex, RequirementLines, SourcePackage } from './requirement-lines';

/** The default index needs no option. Without one, a mirror that the user has configured is used. */
const PYPI = /^https:\/\/pypi\.(python\.)?org\/simple\/?$/;

/**
 * Collects the packages of a lock, sorted by where they come from.
 *
 * @internal
 */
export class LockedLines {
  private readonly requirements: string[] = [];
  private readonly sources: SourcePackage[] = [];
  private readonly bound = new Map<string, string[]>();

  /** Adds a requirement that any index or its own URL provides. */
  public add(line: string): void {
    this.requirements.push(line);
  }

  /** Adds a requirement that must come from an index. The default index binds nothing. */
  public addFromIndex(url: string | undefined, line: string): void {
    if (url === undefined || PYPI.test(url)) this.add(line);
    else this.bindTo(url, line);
  }

  /** Adds a requirement that must come from an index, also if that is the default one. */
  public bindTo(url: string, line: string): void {
    this.bound.set(url, [...(this.bound.get(url) ?? []), line]);
  }

  /** Adds a package that is built from its source. */
  public addSource(source: SourcePackage): void {
    this.sources.push(source);
  }

  /**
   * Adds a local package: a wheel is installed as it is, anything else is built.
   *
   * @param line the line of a requirement, with the marker and the hashes of the package
   */
  public addLocal(source: SourcePackage & { readonly path: string }, line: (requirement: string) => string): void {
    if (source.path.endsWith('.whl')) this.add(line(`${source.name} @ ${pathToFileURL(source.path)}`));
    else this.addSource(source);
  }

  /** @param indexOf the index at a URL */
  public lines(indexOf: (url: string) => PackageIndex = (url) => ({ url })): RequirementLines {
    const bound = [...this.bound].map(([url, requirements]) => ({ index: indexOf(url), requirements }));
    return {
      requirements: this.requirements,
      constraints: [],
      options: [],
      ...(bound.length > 0 && { bound }),
      ...(this.sources.length > 0 && { sources: this.sources }),
      complete: true,
    };
  }
}
