import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { BundleFormat, type BundleOptions, ManagedFunction, Source } from '../../../lib';
import { type BoundSource, bindSource, SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
});
afterEach(() => project.remove());

const { CJS, ESM } = BundleFormat;

const bound = (options: BundleOptions = {}, wrapHandler = false) =>
  bindSource(project.typescript('entry.ts', options), { wrapHandler });

/** Runs a bundle in a process of its own, as the runtime of Lambda does, and returns what the handler returns. */
function run(bundle: BoundSource, options: string[] = []): unknown {
  const name = bundle.handler.replace(/\.handler$/, '');
  const file = ['.mjs', '.js'].map((ending) => join(bundle.directory, `${name}${ending}`)).find((path) => existsSync(path));
  const program = `
    const { pathToFileURL } = require('node:url');
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60000, callbackWaitsForEmptyEventLoop: true };
    import(pathToFileURL(${JSON.stringify(file)}).href)
      .then((module) => module.handler({}, context))
      .then((result) => process.stdout.write(JSON.stringify(result ?? null), () => process.exit(0)))
      .catch((error) => { console.error(error); process.exit(1); });
  `;
  return JSON.parse(execFileSync(process.execPath, [...options, '-e', program], { encoding: 'utf8', stdio: 'pipe' }));
}

const packageOf = (name: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([file, content]) => [`node_modules/${name}/${file}`, content]));

/** A package with a CommonJS main file that is a function, and an ES module with the same function as its default export. */
const DUAL = packageOf('dual-fetch', {
  'package.json': '{ "name": "dual-fetch", "main": "main.js", "module": "module.mjs" }',
  'main.js': "module.exports = () => 'fetched';\n",
  'module.mjs': "export default () => 'fetched';\n",
});

describe.each([CJS, ESM])('in the format %s', (format) => {
  test.each([false, true])('the file has the name that Node.js expects, with the run tracker: %p', (wrapped) => {
    project.write({ 'entry.ts': "export const handler = async () => 'ran';\n" });
    const bundle = bound({ format }, wrapped);
    expect(readdirSync(bundle.directory)).toContain(format === ESM ? 'index.mjs' : 'index.js');
    expect(run(bundle)).toBe('ran');
  });

  test.each([
    ['default', "export default async () => 'ran';\n"],
    ['a star', "export * from './other';\n"],
    ['CommonJS', "module.exports = { handler: async () => 'ran' };\n"],
  ])('a handler that is exported as %s runs', (_form, code) => {
    project.write({ 'entry.ts': code, 'other.ts': "export const handler = async () => 'ran';\n" });
    expect(run(bound({ format }, true))).toBe('ran');
  });

  test('code can ask for its own location', () => {
    project.write({
      'entry.ts': `import { fileURLToPath } from 'node:url';
export const handler = async () =>
  [fileURLToPath(import.meta.url), import.meta.filename].concat([new URL('.', import.meta.url).pathname, \`\${import.meta.dirname}/\`]);
`,
    });
    const bundle = bound({ format });
    const file = join(bundle.directory, format === ESM ? 'index.mjs' : 'index.js');
    expect(run(bundle)).toEqual([file, file, `${bundle.directory}/`, `${bundle.directory}/`]);
  });

  test('code may declare names of the other format itself', () => {
    project.write({
      'entry.ts': `import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder } from './other.cjs';
const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);
export const handler = async () => [__dirname === folder, import.meta.dirname === folder, typeof require('node:fs').readFileSync];
`,
      'other.cjs': 'exports.folder = __dirname;\n',
    });
    expect(run(bound({ format }))).toEqual([true, true, 'function']);
  });

  test('an installed ES module can ask for its location', () => {
    project.write({
      'entry.ts': "import { where } from 'fonts';\nexport const handler = async () => where;\n",
      ...packageOf('fonts', {
        'package.json': '{ "name": "fonts", "type": "module", "exports": "./index.js" }',
        'index.js': "import { fileURLToPath } from 'url';\nexport const where = typeof fileURLToPath(import.meta.url);\n",
      }),
    });
    expect(run(bound({ format }))).toBe('string');
  });

  test('CommonJS can require modules of Node.js, by a name that is known only when it runs', () => {
    project.write({
      'entry.ts': "import { read } from 'old';\nexport const handler = async () => read(['f', 's'].join(''));\n",
      ...packageOf('old', {
        'package.json': '{ "name": "old" }',
        'index.js':
          "const path = require('path');\nexports.read = (name) => [typeof require(name).readFileSync, path.basename(__filename)];\n",
      }),
    });
    expect(run(bound({ format }))).toEqual(['function', format === ESM ? 'index.mjs' : 'index.js']);
    expect(run(bound({ format, minify: true }))).toEqual(['function', format === ESM ? 'index.mjs' : 'index.js']);
  });

  test('a CommonJS package gets what it requires of a package that has both formats', () => {
    project.write({
      'entry.ts': "import 'isomorphic';\nexport const handler = async () => (globalThis as any).isomorphic();\n",
      ...DUAL,
      ...packageOf('isomorphic', {
        'package.json': '{ "name": "isomorphic" }',
        'index.js': "const real = require('dual-fetch');\nglobalThis.isomorphic = () => real();\n",
      }),
    });
    expect(run(bound({ format }))).toBe('fetched');
  });

  test('stack traces refer to the source file', () => {
    project.write({
      'entry.ts': `const where = import.meta.url;
export const handler = async () => {
  return String(new Error(where).stack);
};
`,
    });
    expect(run(bound({ format }), ['--enable-source-maps'])).toMatch(/entry\.ts:3:\d+/);
  });

  test('a banner and a footer frame the code', () => {
    project.write({ 'entry.ts': 'export const handler = async () => (globalThis as any).fromBanner;\n' });
    const options = { format, banner: "globalThis.fromBanner = 'banner';", footer: "globalThis.fromBanner += ' footer';" };
    expect(run(bound(options, true))).toBe('banner footer');
  });

  test('a banner that declares a name twice is refused', () => {
    project.write({ 'entry.ts': 'export const handler = async () => 1;\n' });
    expect(() => bound({ format, banner: 'const twice = 1; const twice = 2;' })).toThrow(
      /the banner or the footer does not fit the bundle of .*entry\.ts:\n\n.*The symbol "twice" has already been declared/,
    );
  });
});

describe('dual packages', () => {
  const REQUIRES = "const real = require('dual-fetch');\nexports.handler = async () => real();\n";

  test('are required as Node.js requires them', () => {
    project.write({ 'entry.ts': "export { handler } from './other.cjs';\n", 'other.cjs': REQUIRES, ...DUAL });
    expect(run(bound())).toBe('fetched');
  });

  test('are imported as ES modules, which can be tree-shaken', () => {
    project.write({ 'entry.ts': "import real from 'dual-fetch';\nexport const handler = async () => real();\n", ...DUAL });
    expect(readFileSync(join(bound().directory, 'index.js'), 'utf8')).toContain('module.mjs');
  });

  test('whose ES module lacks an export give the CommonJS module', () => {
    project.write({
      'entry.ts': "import real from 'dual-fetch';\nexport const handler = async () => real();\n",
      ...DUAL,
      'node_modules/dual-fetch/module.mjs': 'export const other = 1;\n',
    });
    expect(run(bound())).toBe('fetched');
  });

  test('follow mainFields where they are given', () => {
    project.write({ 'entry.ts': "export { handler } from './other.cjs';\n", 'other.cjs': REQUIRES, ...DUAL });
    expect(() => run(bound({ mainFields: ['module', 'main'] }))).toThrow('real is not a function');
    expect(run(bound({ mainFields: ['main'] }))).toBe('fetched');
  });

  test('follow conditions where they are given', () => {
    project.write({
      'entry.ts': "import { form } from 'conditional';\nexport const handler = async () => form;\n",
      ...packageOf('conditional', {
        'package.json': '{ "name": "conditional", "exports": { "worker": "./worker.js", "default": "./index.js" } }',
        'index.js': "exports.form = 'default';\n",
        'worker.js': "exports.form = 'worker';\n",
      }),
    });
    expect(run(bound())).toBe('default');
    expect(run(bound({ conditions: ['worker'] }))).toBe('worker');
  });
});

describe('await at the top level', () => {
  beforeEach(() =>
    project.write({ 'entry.ts': "const value = await Promise.resolve('awaited');\nexport const handler = async () => value;\n" }),
  );

  test.each([false, true])('makes an ES module, with the run tracker: %p', (wrapped) => {
    const bundle = bound({}, wrapped);
    expect(readdirSync(bundle.directory)).toContain('index.mjs');
    expect(readdirSync(bundle.directory)).not.toContain('index.js');
    expect(run(bundle)).toBe('awaited');
  });

  test('is refused in CommonJS, with the remedy', () => {
    expect(() => bound({ format: CJS })).toThrow(
      /Top-level await is currently not supported with the "cjs" output format[\s\S]*use format: BundleFormat\.ESM/,
    );
  });
});

test('the usual banner of an ES module, which declares require, does not break the bundle', () => {
  project.write({
    'entry.ts': "import { read } from './other.cjs';\nexport const handler = async () => read();\n",
    'other.cjs': "exports.read = () => typeof require('fs').readFileSync;\n",
  });
  const banner = "import { createRequire } from 'module';const require = createRequire(import.meta.url);";
  expect(run(bound({ format: ESM, banner }))).toBe('function');
});

describe('further options of esbuild', () => {
  test('loader gives other files a meaning, and the error without it names the option', () => {
    project.write({
      'entry.ts': "import page from './page.html';\nexport const handler = async () => page;\n",
      'page.html': '<p>hello</p>',
    });
    expect(run(bound({ loader: { '.html': 'text' } }))).toBe('<p>hello</p>');
    expect(() => bound()).toThrow("set its loader, such as loader: { '.html': 'text' }");
  });

  test('a package with binaries is refused, with the remedy', () => {
    project.write({
      'entry.ts': "import native from 'native';\nexport const handler = async () => native;\n",
      ...packageOf('native', { 'package.json': '{ "main": "native.node" }', 'native.node': '' }),
    });
    expect(() => bound()).toThrow("a package with binaries can't be bundled; add its name to modules");
  });

  test('alias puts a package or a file in place of a package', () => {
    project.write({
      'entry.ts': "import { value } from 'wanted';\nexport const handler = async () => value;\n",
      'stub.ts': "export const value = 'stub';\n",
      ...packageOf('other', { 'package.json': '{}', 'index.js': "exports.value = 'other';\n" }),
    });
    expect(run(bound({ alias: { wanted: 'other' } }))).toBe('other');
    expect(run(bound({ alias: { wanted: project.path('stub.ts') } }))).toBe('stub');
    project.write({ 'stub.ts': "export const value = 'changed';\n" });
    expect(run(bound({ alias: { wanted: project.path('stub.ts') } }))).toBe('changed');
  });

  test('inject runs a module first, and a change of it is seen', () => {
    project.write({
      'entry.ts': 'export const handler = async () => INJECTED;\n',
      'inject.ts': "export const INJECTED = 'injected';\n",
    });
    const options = { inject: [project.path('inject.ts')] };
    expect(run(bound(options))).toBe('injected');
    project.write({ 'inject.ts': "export const INJECTED = 'changed';\n" });
    expect(run(bound(options))).toBe('changed');
  });

  test('tsconfig replaces the nearest settings, and a change of it is seen', () => {
    const paths = (folder: string) => JSON.stringify({ compilerOptions: { paths: { '@app/*': [`./${folder}/*`] } } });
    project.write({
      'entry.ts': "import { value } from '@app/value';\nexport const handler = async () => value;\n",
      'tsconfig.json': paths('one'),
      'tsconfig.lambda.json': paths('two'),
      ...Object.fromEntries(['one', 'two', 'three'].map((name) => [`${name}/value.ts`, `export const value = '${name}';\n`])),
    });
    const options = { tsconfig: project.path('tsconfig.lambda.json') };
    expect(run(bound())).toBe('one');
    expect(run(bound(options))).toBe('two');
    project.write({ 'tsconfig.lambda.json': paths('three') });
    expect(run(bound(options))).toBe('three');
  });

  test('each option makes another bundle', () => {
    project.write({ 'entry.ts': 'export const handler = async () => 1;\n', 'inject.ts': 'export {};\n', 'other.json': '{}' });
    const all: BundleOptions[] = [
      {},
      { format: CJS },
      { format: ESM },
      { mainFields: ['module', 'main'] },
      { conditions: ['worker'] },
      { loader: { '.html': 'text' } },
      { alias: { a: 'b' } },
      { inject: [project.path('inject.ts')] },
      { banner: '1;' },
      { footer: '1;' },
      { tsconfig: project.path('other.json') },
      { nodePaths: [project.path('vendor')] },
    ];
    for (const options of all) bound(options);
    expect(project.manifests()).toHaveLength(all.length);
    for (const manifest of project.manifests()) expect(readFileSync(manifest, 'utf8')).not.toContain(project.directory);
  });

  test.each([
    [{ loader: { html: 'text' } }, "a loader must be set for the ending of a file, such as '.html', got: 'html'"],
    [{ loader: { '.html': 'page' } }, /^the loader of '\.html' must be one of js, .*, got: 'page'$/],
    [{ mainFields: [] }, 'mainFields must have at least one element, got: none'],
    [{ inject: ['gone.ts'] }, `a file to inject must exist, relative to the working directory ${process.cwd()}, got: 'gone.ts'`],
    [{ tsconfig: 'gone.json' }, `tsconfig must exist, relative to the working directory ${process.cwd()}, got: 'gone.json'`],
  ] as [BundleOptions, string | RegExp][])('%j is refused', (options, message) => {
    expect(() => Source.typescript('entry.ts', options)).toThrow(message);
  });
});

describe('emitDecoratorMetadata', () => {
  const synth = (code: string, settings: object) => {
    project.write({ 'entry.ts': code, 'tsconfig.json': JSON.stringify(settings) });
    const stack = new Stack(new App(), 'Stack');
    new ManagedFunction(stack, 'Orders', { source: project.typescript('entry.ts') });
    return Annotations.fromStack(stack);
  };
  const DECORATED = `const Injectable = (): ClassDecorator => () => undefined;
@Injectable()
class Service {}
export const handler = async () => new Service();
`;

  test('causes a warning that names the files with decorators', () => {
    project.write({ 'base.json': '{ "compilerOptions": { "emitDecoratorMetadata": true } }' });
    synth(DECORATED, { extends: './base.json', compilerOptions: { experimentalDecorators: true } }).hasWarning(
      '*',
      Match.stringLikeRegexp(
        'emitDecoratorMetadata has no effect in esbuild, so decorators that read types may fail when the function starts: entry.ts; compile with tsc and use Source.javascript',
      ),
    );
  });

  test.each([
    ['it is not set', DECORATED, { compilerOptions: { experimentalDecorators: true } }],
    [
      'no file has decorators',
      '/**\n * @internal text\n */\nexport const handler = async () => "a@b.c";\n',
      { compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } },
    ],
  ])('causes no warning where %s', (_when, code, settings) => {
    synth(code, settings).hasNoWarning('*', Match.anyValue());
  });
});

test('other properties of import.meta cause a warning in CommonJS', () => {
  project.write({ 'entry.ts': 'export const handler = async () => (import.meta as any).resolve("x");\n' });
  const stack = new Stack(new App(), 'Stack');
  new ManagedFunction(stack, 'Orders', { source: project.typescript('entry.ts', { format: CJS }) });
  Annotations.fromStack(stack).hasWarning(
    '*',
    Match.stringLikeRegexp('"import.meta" is not available with the "cjs" output format'),
  );
});
