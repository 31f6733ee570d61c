/**
 * A package index that some packages must come from.
 *
 * @internal
 */
export interface PackageIndex {
  readonly url: string;
  /** Name in the settings of uv, by which uv finds its credentials (`UV_INDEX_<NAME>_PASSWORD`). */
  readonly name?: string;
  /** Whether the URL is a page or a folder with files, instead of an index. */
  readonly flat?: boolean;
}

/**
 * A package that is not on an index: it is built from its source.
 *
 * @internal
 */
export interface SourcePackage {
  readonly name: string;
  /** Undefined where the lock has none. */
  readonly version?: string;
  /** Environment marker, such as `sys_platform == "linux"`. */
  readonly marker?: string;
  /** Absolute path of a folder or a source archive. */
  readonly path?: string;
  readonly git?: GitSource;
}

/**
 * A commit of a repository.
 *
 * @internal
 */
export interface GitSource {
  readonly url: string;
  readonly commit: string;
  /** Folder of the package in the repository. */
  readonly subdirectory?: string;
}

/**
 * Packages to install, as the tools read them.
 *
 * @internal
 */
export interface RequirementLines {
  /** Requirements, such as `requests==2.32.5 ; python_version >= "3.9" --hash=sha256:…`. */
  readonly requirements: readonly string[];
  /** Versions of packages, which apply only to packages that are installed. */
  readonly constraints: readonly string[];
  /** Options with the places of packages, such as `--index-url …`. Paths are relative to the folder of the file. */
  readonly options: readonly string[];
  /** Requirements that must come from one index. */
  readonly bound?: readonly { readonly index: PackageIndex; readonly requirements: readonly string[] }[];
  /** Packages that are built from their source. */
  readonly sources?: readonly SourcePackage[];
  /** Whether the lines name every package, so that dependencies need not be resolved. */
  readonly complete?: boolean;
  /** Whether every package must have a hash. */
  readonly requireHashes?: boolean;
  /** Whether versions before a release may be installed. */
  readonly prerelease?: boolean;
}

/**
 * One line for the tools.
 *
 * @internal
 */
export function requirementLine(requirement: string, marker: string | undefined, hashes: readonly string[] = []): string {
  return [requirement, ...(marker ? [`; ${marker}`] : []), ...hashes.map((hash) => `--hash=${hash}`)].join(' ');
}

/** @internal */
export function isHashed(line: string): boolean {
  return /(^|\s)--hash[=\s]/.test(line);
}

/**
 * Name of a package as indexes compare it.
 *
 * @see https://packaging.python.org/en/latest/specifications/name-normalization/
 *
 * @internal
 */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
