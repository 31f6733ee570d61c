import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { isInstalled } from './resolution-trail';
import type { TsconfigFiles } from './tsconfig-files';

/** A decorator at the start of a line, or in front of a parameter. */
const DECORATOR = /(?:^|[(,])[ \t]*@[A-Za-z_$][\w$.]*[ \t]*(?:\(|\r?$|[A-Za-z_$])/m;

/**
 * Warns about source files whose decorators are to emit the types of what they decorate: esbuild does not know types.
 *
 * @param files absolute paths of the files of a bundle
 * @param tsconfig file that is read instead of the nearest tsconfig.json of each file
 *
 * @internal
 */
export function decoratorWarnings(
  files: Iterable<string>,
  tsconfigs: TsconfigFiles,
  projectRoot: string,
  tsconfig: string | undefined,
): string[] {
  const found = [...files].filter(
    (path) =>
      /\.[mc]?tsx?$/.test(path) &&
      !isInstalled(path) &&
      tsconfigs.for(dirname(path), tsconfig).emitsDecoratorMetadata &&
      DECORATOR.test(readFileSync(path, 'utf8')),
  );
  if (found.length === 0) return [];
  const names = found.map((path) => relative(projectRoot, path).replaceAll('\\', '/')).sort();
  return [
    `emitDecoratorMetadata has no effect in esbuild, so decorators that read types may fail when the function starts: ${names.join(', ')}; compile with tsc and use Source.javascript`,
  ];
}
