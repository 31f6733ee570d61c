/** A file to add to the package of a function. */
export interface PackageFile {
  /** Path of the file, relative to the working directory (where `cdk.json` is). Its name is kept, and whether it is executable. */
  readonly path: string;

  /**
   * Folder within the package.
   *
   * @default - the top of the package
   */
  readonly folder?: string;
}

/** A folder to add to the package of a function, with its subfolders. */
export interface PackageFolder {
  /** Path of the folder, relative to the working directory (where `cdk.json` is). */
  readonly path: string;

  /**
   * Folder within the package; `.` is the top of the package.
   *
   * @default - a folder of the same name
   */
  readonly folder?: string;

  /**
   * Patterns of files to leave out, as in a .gitignore. Virtual environments and files with credentials, such as `.env*` and
   * `.netrc`, are left out by default; a pattern that starts with `!` includes files.
   *
   * @default - all other files are added
   */
  readonly ignore?: string[];
}
