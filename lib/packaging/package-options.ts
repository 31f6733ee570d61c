/** A file to add to the package of a function. */
export interface PackageFile {
  /** Path of the file, relative to the working directory (where `cdk.json` is). It keeps its name, and may be executable. */
  readonly path: string;

  /**
   * Folder within the package.
   *
   * @default - the top of the package
   */
  readonly folder?: string;
}

/** A folder to add to the package of a function, with all that is below it. */
export interface PackageFolder {
  /** Path of the folder, relative to the working directory (where `cdk.json` is). */
  readonly path: string;

  /**
   * Folder within the package; `.` is its top.
   *
   * @default - a folder of the same name
   */
  readonly folder?: string;

  /**
   * Patterns of what is left out, as in a .gitignore.
   *
   * @default - everything goes in
   */
  readonly ignore?: string[];
}
