// Builds everything that the package ships, into dist/.
import './node-version.mjs';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
process.chdir(root);

// What is there stays in use while it is replaced: a running `katamari local` or test loads from it.
const started = Date.now();

const bin = (pkg, name) => {
  const manifest = require(`${pkg}/package.json`);
  const path = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[name];
  return join(require.resolve(`${pkg}/package.json`), '..', path);
};
const node = (script, ...args) =>
  execFileSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  });

const common = {
  bundle: true,
  platform: 'node',
  // The oldest Node.js that may run a handler: on a user's own machine.
  target: 'node20',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  legalComments: 'none',
};

/** `testing` loads the same build of the clients as its user: an error is then an instance of the class that the user knows. */
const builtClient = {
  name: 'built-client',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/client$/ }, () => ({ path: '../client/index.js', external: true })),
};

/** The CommonJS builds of runtime and client share the classes of errors: esbuild splits ES modules alone. */
const sharedErrors = {
  name: 'shared-errors',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/errors$/ }, ({ path, resolveDir }) =>
      join(resolveDir, path) === join(root, 'lambda', 'shared', 'errors')
        ? { path: '../shared/errors.js', external: true }
        : undefined,
    ),
};

/**
 * A CommonJS build does not split: a module of the runtime that is imported when it is needed, such as the one with the client of
 * S3, would still be read with all others. It becomes a file of its own.
 */
const separateFiles = (entryPoints) => ({
  name: 'separate-files',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import' || !resolveDir.startsWith(join(root, 'lambda'))) return undefined;
      const name = `chunks/${basename(path)}`;
      entryPoints[name] = `${join(resolveDir, path)}.ts`;
      return { path: `../${name}.js`, namespace: 'separate-file' };
    });
    onResolve({ filter: /.*/, namespace: 'separate-file' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'separate-file' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
});

/**
 * In jest an import() in a CommonJS file needs a flag of Node.js. The clients of AWS import modules of Node.js so; a require does
 * the same. The import() that loads a user's ES module stays.
 */
const builtinsByRequire = {
  name: 'builtins-by-require',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' && isBuiltin(path) ? { path, namespace: 'imported-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'imported-builtin' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

/** What CommonJS packages require of Node.js becomes an import: a module of ESM has no require. */
const builtinsByImport = {
  name: 'builtins-by-import',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z_/]+$/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'required-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'required-builtin' }, ({ path }) => ({ contents: `export * from 'node:${path}';` }));
  },
};

/** The files of `testing/` that stay files of their own. */
const testingFiles = {
  name: 'testing-files',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/(deployment|errors)$/ }, ({ path, resolveDir }) =>
      resolveDir === join(root, 'testing') ? { path: `${path}.js`, external: true } : undefined,
    ),
};

/** Folders of dist/ with the files of the split build. */
const SPLIT_FOLDERS = ['runtime', 'client', 'chunks', 'shared'];
/** Folders of lambda/ that hold no handlers. */
const NOT_HANDLERS = ['runtime', 'shared', 'python'];
/** Every other folder below lambda/ with an index.ts is a handler, such as `ticker/tick`. */
const handlers = readdirSync('lambda', { recursive: true })
  .filter((path) => basename(path) === 'index.ts' && !NOT_HANDLERS.includes(path.split(sep)[0]))
  .map((path) => dirname(path).split(sep).join('/'));

/** What users import: each file at the top of these folders is an entry of its own, so that a bundle takes only its part. */
const ENTRY_FOLDERS = { runtime: 'lambda/runtime', client: 'client' };
const entries = Object.fromEntries(
  Object.entries(ENTRY_FOLDERS).flatMap(([name, folder]) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`${name}/${basename(file, '.ts')}`, `${folder}/${file}`]),
  ),
);

await Promise.all([
  ...handlers.map((name) =>
    build({
      ...common,
      entryPoints: [`lambda/${name}/index.ts`],
      outfile: `dist/lambda/${name}/index.js`,
      format: 'cjs',
      minify: true,
    }),
  ),
  build({
    ...common,
    entryPoints: entries,
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    minify: true,
    plugins: [builtinsByImport],
  }),
  buildCommonJs(),
  build({ ...common, entryPoints: { 'shared/errors': 'lambda/shared/errors.ts' }, outdir: 'dist', format: 'cjs', minify: true }),
  // Apart, so that a test which only synthesizes does not read the clients of AWS.
  ...['index', 'serializer', 'deployment', 'errors'].map((name) =>
    build({
      ...common,
      entryPoints: [`testing/${name}.ts`],
      outfile: `dist/testing/${name}.js`,
      format: 'cjs',
      external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-katamari', 'aws-cdk'],
      plugins: [builtClient, testingFiles],
      // By require: in jest an import() of a CommonJS file needs a flag of Node.js.
      supported: { 'dynamic-import': false },
      minifyWhitespace: true,
    }),
  ),
  build({
    ...common,
    entryPoints: ['cli/katamari.ts'],
    outfile: 'dist/cli/katamari.js',
    format: 'cjs',
    minifyWhitespace: true,
    external: ['esbuild', 'aws-cdk'],
  }),
]);
copyPython('lambda/python/katamari_runtime', 'dist/python/katamari_runtime');
cpSync('engine/launcher.py', 'dist/engine/launcher.py');
for (const folder of SPLIT_FOLDERS) withoutBareImports(`dist/${folder}`);
if (!process.argv.includes('--handlers')) {
  node(bin('jsii', 'jsii'), '--generate-tsconfig', 'tsconfig.jsii.json');
  node(bin('typescript', 'tsc'), '-p', 'tsconfig.types.json');
}

for (const folder of SPLIT_FOLDERS) removeStale(`dist/${folder}`, (path) => statSync(path).mtimeMs >= started - 1_000);
removeStale('dist/lambda', (path) => existsSync(join('lambda', relative('dist/lambda', path), '..', 'index.ts')));
removeStale('dist/python', (path) => existsSync(path.replace(/^dist/, 'lambda')));
removeStale('dist/types', (path) => existsSync(relative('dist/types', path).replace(/\.d\.ts$/, '.ts')));
removeStale(
  'dist/lib',
  (path) => path.endsWith('.tsbuildinfo') || existsSync(path.replace(/^dist\/lib/, 'lib').replace(/(\.d\.ts|\.js)$/, '.ts')),
);

/** The builds of runtime and client that `require` loads. */
async function buildCommonJs() {
  const options = { ...common, outdir: 'dist', format: 'cjs', minify: true };
  const entryPoints = {};
  await build({
    ...options,
    entryPoints: { 'runtime/index': 'lambda/runtime/index.ts', 'client/index': 'client/index.ts' },
    plugins: [builtinsByRequire, sharedErrors, separateFiles(entryPoints)],
  });
  await build({ ...options, entryPoints, plugins: [builtinsByRequire, sharedErrors] });
}

/** Python goes as it is: what runs inside Lambda, without what the interpreter left beside it. */
function copyPython(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('__pycache__') && !path.endsWith('.pyc') });
}

/**
 * esbuild links split files by imports of nothing, to keep the order of their effects. This package has none, and says so:
 * a bundle of a user would warn of each such import.
 */
function withoutBareImports(folder) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.mjs'))) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const without = text.replace(/import"\.{1,2}\/[^"]+\.mjs";/g, '');
    // What an earlier build has left must not look new: it is removed as stale.
    if (without !== text) writeFileSync(path, without);
  }
}

/** Deletes files that an earlier build made from deleted sources. */
function removeStale(folder, isCurrent) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (existsSync(path) && statSync(path).isFile() && !isCurrent(path)) rmSync(path);
  }
}
