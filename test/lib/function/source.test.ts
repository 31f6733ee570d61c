import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const SOURCES = relative(process.cwd(), join(__dirname, '..', '..', 'fixtures', 'sources'));
const BROKEN = relative(process.cwd(), join(__dirname, '..', '..', 'fixtures', 'broken'));

interface Bound {
  readonly directory: string;
  readonly hash: string;
  readonly handler: string;
}

function bind(
  source: Source,
  options: { wrapHandler?: boolean; runtime?: lambda.Runtime; context?: Record<string, unknown> } = {},
): Bound {
  const app = new App({ context: options.context });
  const stack = new Stack(app, 'Stack');
  const config = source.bind(stack, {
    runtime: options.runtime ?? lambda.Runtime.NODEJS_24_X,
    wrapHandler: options.wrapHandler ?? false,
  });
  new lambda.Function(stack, 'Function', { code: config.code, handler: config.handler, runtime: config.runtime });
  app.synth();
  const manifest = JSON.parse(readFileSync(join(app.outdir, 'Stack.assets.json'), 'utf8'));
  const [hash, file] = Object.entries(manifest.files as Record<string, { source: { path: string } }>).find(
    ([
      ,
      {
        source: { path },
      },
    ]) => path.startsWith('asset.'),
  ) as [string, { source: { path: string } }];
  return { directory: join(app.outdir, file.source.path), hash, handler: config.handler };
}

async function invoke(bound: Bound, event: unknown): Promise<unknown> {
  const { handler } = require(join(bound.directory, 'index.js'));
  return handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 1000 });
}

describe.each([false, true])('with the run tracker: %p', (wrapHandler) => {
  test.each([
    ['named.ts', undefined, 'named'],
    ['default.ts', undefined, 'default'],
    ['default-object.ts', undefined, 'default object'],
    ['star.ts', undefined, 'named'],
    ['other-name.ts', { handler: 'run' }, 'other name'],
  ] as [string, BundleOptions | undefined, string][])('TypeScript in the form of %s', async (file, options, form) => {
    const bound = bind(Source.typescript(join(SOURCES, file), options), { wrapHandler });
    expect(bound.handler).toBe('index.handler');
    await expect(invoke(bound, { a: 1 })).resolves.toEqual({ form, event: { a: 1 } });
  });

  test.each([
    ['common.cjs', 'common'],
    ['common-default.cjs', 'common default'],
    ['module.mjs', 'module'],
  ])('JavaScript in the form of %s', async (file, form) => {
    const bound = bind(Source.javascript(join(SOURCES, file)), { wrapHandler });
    await expect(invoke(bound, 1)).resolves.toEqual({ form, event: 1 });
  });
});

test('the tracker lies beside the bundle only where it is asked for', () => {
  expect(readdirSync(bind(Source.typescript(join(SOURCES, 'named.ts')), { wrapHandler: true }).directory).sort()).toEqual([
    'index.js',
    'index.js.map',
    'katamari-tracker.js',
  ]);
  expect(readdirSync(bind(Source.typescript(join(SOURCES, 'named.ts'))).directory).sort()).toEqual(['index.js', 'index.js.map']);
});

test('minify and sourceMap', () => {
  const plain = bind(Source.typescript(join(SOURCES, 'throws.ts'), { sourceMap: false }));
  const small = bind(Source.typescript(join(SOURCES, 'throws.ts'), { sourceMap: false, minify: true }));
  expect(readdirSync(plain.directory)).toEqual(['index.js']);
  const size = (bound: Bound) => readFileSync(join(bound.directory, 'index.js')).length;
  expect(size(small)).toBeLessThan(size(plain));
});

test('the source map names the file as it lies in the project, on every machine', () => {
  const bound = bind(Source.typescript(join(SOURCES, 'throws.ts')));
  const map = JSON.parse(readFileSync(join(bound.directory, 'index.js.map'), 'utf8'));
  expect(map.sources).toContain('test/fixtures/sources/throws.ts');
  expect(JSON.stringify(map)).not.toContain(process.cwd());
});

test('names are replaced and packages left out on request', () => {
  const entry = join(mkdtempSync(join(process.cwd(), 'node_modules', '.cache', 'source-test-')), 'entry.ts');
  writeFileSync(entry, "import left from 'left-out';\nexport const handler = async () => [process.env.STAGE, left];\n");
  const bound = bind(Source.typescript(entry, { define: { 'process.env.STAGE': '"prod"' }, external: ['left-out'] }));
  const code = readFileSync(join(bound.directory, 'index.js'), 'utf8');
  expect(code).toContain('"prod"');
  expect(code).toContain('require("left-out")');
  rmSync(join(entry, '..'), { recursive: true });
});

describe('errors', () => {
  test.each([
    ['syntax.ts', ['test/fixtures/broken/syntax.ts:2:11', 'Unexpected "="']],
    ['import.ts', ['test/fixtures/broken/import.ts:1:24', 'Could not resolve "./not-there"']],
  ])('esbuild speaks for itself on %s', (file, parts) => {
    for (const part of parts) expect(() => bind(Source.typescript(join(BROKEN, file)))).toThrow(part);
  });

  test('an entry that does not export the handler', () => {
    expect(() => bind(Source.typescript(join(SOURCES, 'nothing.ts')))).toThrow(
      "nothing.ts must export a function named 'handler', or export one as default, got: 'another', 'other'",
    );
  });

  test('a default export that is no function fails at the start', () => {
    const directory = mkdtempSync(join(process.cwd(), 'node_modules', '.cache', 'source-test-'));
    writeFileSync(join(directory, 'entry.ts'), 'export default 5;\n');
    const bound = bind(Source.typescript(join(directory, 'entry.ts')));
    expect(() => require(join(bound.directory, 'index.js'))).toThrow("entry.ts must export a function named 'handler'");
    rmSync(directory, { recursive: true });
  });

  test('an entry that is not there', () => {
    expect(() => Source.typescript('src/not-there.ts')).toThrow(
      new Error(`entry must be a file below the working directory ${process.cwd()}, got: 'src/not-there.ts'`),
    );
  });

  test('an entry of the other language', () => {
    expect(() => Source.javascript(join(SOURCES, 'named.ts'))).toThrow(
      /^entry must end in one of \.js, \.mjs, \.cjs, \.jsx, got: /,
    );
  });

  test('a handler that is no name', () => {
    expect(() => Source.typescript(join(SOURCES, 'named.ts'), { handler: 'index.handler' })).toThrow(
      "handler must be the name of an export, got: 'index.handler'",
    );
  });

  test('a runtime that does not run JavaScript', () => {
    expect(() => bind(Source.typescript(join(SOURCES, 'named.ts')), { runtime: lambda.Runtime.PYTHON_3_13 })).toThrow(
      "a TypeScript or JavaScript source needs a Node.js runtime, got: 'python3.13' (at Stack)",
    );
  });
});

describe('between synths', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'katamari-source-'));
    writeFileSync(join(project, 'package.json'), '{}');
    mkdirSync(join(project, 'node_modules'));
    cpSync(join(SOURCES, 'named.ts'), join(project, 'named.ts'));
    writeFileSync(join(project, 'entry.ts'), "import { value } from './value';\nexport const handler = async () => value;\n");
    writeFileSync(join(project, 'value.ts'), 'export const value = 1;\n');
  });
  afterEach(() => rmSync(project, { recursive: true }));

  const hash = () => bind(Source.typescript(join(project, 'entry.ts'))).hash;
  const manifestPaths = () => {
    const cache = join(project, 'node_modules', '.cache', 'cdk-katamari', 'bundles');
    const names = readdirSync(cache, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('manifest.json')).map((name) => join(cache, name));
  };
  const manifests = () => manifestPaths().map((path) => readFileSync(path, 'utf8'));
  // A manifest is written whenever something is bundled.
  const manifestTimes = () => manifestPaths().map((path) => statSync(path).mtimeMs);

  test('nothing is bundled again when nothing has changed', () => {
    const first = hash();
    const written = manifestTimes();
    expect(hash()).toBe(first);
    expect(manifestTimes()).toEqual(written);
  });

  test('a change in a file that the entry imports is seen', () => {
    const first = hash();
    writeFileSync(join(project, 'value.ts'), 'export const value = 2;\n');
    expect(hash()).not.toBe(first);
  });

  test('a change that is undone gives the first hash again', () => {
    const first = hash();
    writeFileSync(join(project, 'value.ts'), 'export const value = 2;\n');
    hash();
    writeFileSync(join(project, 'value.ts'), 'export const value = 1;\n');
    expect(hash()).toBe(first);
  });

  test('a file that shadows another is seen', () => {
    mkdirSync(join(project, 'shadow'));
    writeFileSync(join(project, 'shadow', 'index.ts'), "export const value = 'folder';\n");
    writeFileSync(join(project, 'entry.ts'), "import { value } from './shadow';\nexport const handler = async () => value;\n");
    const first = hash();
    writeFileSync(join(project, 'shadow.ts'), "export const value = 'file';\n");
    expect(hash()).not.toBe(first);
  });

  test('a changed tsconfig.json is seen', () => {
    writeFileSync(join(project, 'tsconfig.json'), '{ "compilerOptions": { "jsx": "react" } }');
    hash();
    const written = manifestTimes();
    writeFileSync(join(project, 'tsconfig.json'), '{ "compilerOptions": { "jsx": "preserve" } }');
    hash();
    expect(manifestTimes()).not.toEqual(written);
  });

  test('an option that changes makes another bundle', () => {
    bind(Source.typescript(join(project, 'entry.ts')));
    bind(Source.typescript(join(project, 'entry.ts'), { minify: true }));
    bind(Source.typescript(join(project, 'entry.ts')), { wrapHandler: true });
    expect(manifests()).toHaveLength(3);
  });

  test('what is kept names no path of this machine', () => {
    hash();
    for (const manifest of manifests()) expect(manifest).not.toContain(project);
  });

  test('the hash is the same in another folder', () => {
    const first = hash();
    const elsewhere = mkdtempSync(join(tmpdir(), 'katamari-elsewhere-'));
    cpSync(project, elsewhere, { recursive: true, filter: (path) => !path.includes('.cache') });
    expect(bind(Source.typescript(join(elsewhere, 'entry.ts'))).hash).toBe(first);
    rmSync(elsewhere, { recursive: true });
  });

  test('the target is that of the runtime', () => {
    bind(Source.typescript(join(project, 'entry.ts')), { runtime: lambda.Runtime.NODEJS_20_X });
    bind(Source.typescript(join(project, 'entry.ts')), { runtime: lambda.Runtime.NODEJS_24_X });
    expect(manifests()).toHaveLength(2);
  });

  test('a local run targets no newer Node.js than this one', () => {
    const major = process.versions.node.split('.')[0];
    bind(Source.typescript(join(project, 'entry.ts')), { context: { 'katamari:local': 'true' } });
    bind(Source.typescript(join(project, 'entry.ts')), {
      runtime: new lambda.Runtime(`nodejs${major}.x`, lambda.RuntimeFamily.NODEJS),
    });
    expect(manifests()).toHaveLength(1);
  });
});

test('nothing is bundled where bundling is switched off, whatever the entry holds', () => {
  const bound = bind(Source.typescript(join(BROKEN, 'syntax.ts')), { context: skipBundling() });
  expect(readFileSync(join(bound.directory, 'index.js'), 'utf8')).toContain('synthesized without bundling');
});

test('any code of the CDK goes as it is', () => {
  const stack = new Stack(new App(), 'Stack');
  const code = lambda.Code.fromInline('exports.handler = async () => 1');
  expect(
    Source.code(code, { handler: 'index.handler' }).bind(stack, { runtime: lambda.Runtime.NODEJS_24_X, wrapHandler: true }),
  ).toEqual({
    code,
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    wrapped: false,
  });
});
