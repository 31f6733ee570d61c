import { ContentStore } from './content-store';
import { filesOf, isDirectory, type PackageFiles, writeFiles } from './files';
import { hashContent, hashFiles } from './hash';
import { projectCache } from './project-cache';

/**
 * Contents of functions and layers in folders that assets are made from. The names of files, their content and whether they are
 * executable decide the asset; their modes on this machine do not. They are kept between synths.
 *
 * @internal
 */
export class StagedPackages {
  private readonly staged = new ContentStore(projectCache('packages'), (folder) => (isDirectory(folder) ? folder : undefined));

  /**
   * Returns a folder with files and, beside them, installed packages. The hash covers both.
   *
   * @throws ValidationError when the path of a file cannot be unpacked
   */
  public stage(
    files: PackageFiles,
    installed?: { readonly directory: string; readonly hash: string },
  ): { readonly directory: string; readonly hash: string } {
    // The hash of the installed packages is known: reading them again would take longer than everything else.
    const hash = hashContent(JSON.stringify([hashFiles(files), installed?.hash]));
    const write = (folder: string) => {
      if (installed) writeFiles(folder, filesOf(installed.directory));
      writeFiles(folder, files);
    };
    return { directory: this.staged.find(hash) ?? this.staged.store(hash, write), hash };
  }
}
