import { BundleFormat } from './bundle-format';

/**
 * Names that replace import.meta.url, __filename and __dirname. They differ from the originals because the code may declare those
 * itself.
 */
const URL = '__katamariUrl';
const FILENAME = '__katamariFilename';
const DIRNAME = '__katamariDirname';

/** A name that a bundle may need, and the line that declares it. */
interface Declaration {
  readonly isUsed: RegExp;
  readonly line: string;
}

const DECLARATIONS: Readonly<Record<BundleFormat, readonly Declaration[]>> = {
  [BundleFormat.CJS]: [
    { isUsed: /\b__katamariUrl\b/, line: `const ${URL} = require('url').pathToFileURL(__filename).href;` },
    { isUsed: /\b__katamariFilename\b/, line: `const ${FILENAME} = __filename;` },
    { isUsed: /\b__katamariDirname\b/, line: `const ${DIRNAME} = __dirname;` },
  ],
  [BundleFormat.ESM]: [
    {
      isUsed: /\btypeof require\b/,
      line: "import { createRequire as __katamariCreateRequire } from 'module'; const require = __katamariCreateRequire(import.meta.url);",
    },
    {
      isUsed: /\b__katamari(Filename|Dirname)\b/,
      line: `import { fileURLToPath as __katamariToPath } from 'url'; const ${FILENAME} = __katamariToPath(import.meta.url);`,
    },
    {
      isUsed: /\b__katamariDirname\b/,
      line: `import { dirname as __katamariDirnameOf } from 'path'; const ${DIRNAME} = __katamariDirnameOf(${FILENAME});`,
    },
  ],
};

/**
 * Replacements that esbuild makes, so that code of one module format runs in the other.
 *
 * @internal
 */
export function preludeNames(format: BundleFormat): Record<string, string> {
  return {
    'import.meta.filename': FILENAME,
    'import.meta.dirname': DIRNAME,
    ...(format === BundleFormat.CJS ? { 'import.meta.url': URL } : { __filename: FILENAME, __dirname: DIRNAME }),
  };
}

/**
 * Lines to put in front of a bundle: they declare what it uses and its module format does not have.
 *
 * @param banner banner of the user. Many declare `require` in an ES module themselves.
 *
 * @internal
 */
export function preludeOf(code: string, format: BundleFormat, banner: string): string[] {
  const declaresRequire = /\b(?:const|let|var|function)\s+require\b/.test(banner);
  return DECLARATIONS[format]
    .filter(({ isUsed, line }) => isUsed.test(code) && !(declaresRequire && line.includes('const require ')))
    .map(({ line }) => line);
}

/**
 * Source map for code with further lines in front.
 *
 * @internal
 */
export function shiftSourceMap(map: string, lines: number): string {
  const content: { readonly mappings: string } = JSON.parse(map);
  return JSON.stringify({ ...content, mappings: ';'.repeat(lines) + content.mappings }, undefined, 2);
}
