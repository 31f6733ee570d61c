import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, ManagedFunction, Source } from '../../../lib';
import { skipBundling } from '../../../testing';
import { bindSource, invokeBound, SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject('sources', 'broken');
});
afterEach(() => project.remove());

describe.each([false, true])('with the run tracker: %p', (wrapHandler) => {
  test.each([
    ['named.ts', undefined, 'named'],
    ['default.ts', undefined, 'default'],
    ['default-object.ts', undefined, 'default object'],
    ['star.ts', undefined, 'named'],
    ['other-name.ts', { handler: 'run' }, 'other name'],
  ] as [string, BundleOptions | undefined, string][])('TypeScript in the form of %s', async (file, options, form) => {
    const bound = bindSource(project.typescript(`sources/${file}`, options), { wrapHandler });
    expect(bound.handler).toBe(wrapHandler ? 'katamari-handler.handler' : 'index.handler');
    await expect(invokeBound(bound, { a: 1 })).resolves.toEqual({ form, event: { a: 1 } });
  });

  test.each([
    ['common.cjs', 'common'],
    ['common-default.cjs', 'common default'],
    ['module.mjs', 'module'],
  ])('JavaScript in the form of %s', async (file, form) => {
    const bound = bindSource(Source.javascript(project.path('sources', file)), { wrapHandler });
    await expect(invokeBound(bound, 1)).resolves.toEqual({ form, event: 1 });
  });
});

describe('errors', () => {
  test.each([
    ['syntax.ts', ['broken/syntax.ts:2:11', 'Unexpected "="']],
    ['import.ts', ['broken/import.ts:1:24', 'Could not resolve "./not-there"']],
  ])('the message of esbuild is shown for %s', (file, parts) => {
    for (const part of parts) expect(() => bindSource(project.typescript(`broken/${file}`))).toThrow(part);
  });

  test('an entry that does not export the handler', () => {
    expect(() => bindSource(project.typescript('sources/nothing.ts'))).toThrow(
      "nothing.ts must export a function named 'handler', or export one as default, got: 'another', 'other'",
    );
  });

  test('a default export that is not a function fails at the start', () => {
    project.write({ 'entry.ts': 'export default 5;\n' });
    const bound = bindSource(project.typescript('entry.ts'));
    expect(() => require(join(bound.directory, 'index.js'))).toThrow("entry.ts must export a function named 'handler'");
  });

  test('an entry that re-exports a CommonJS module without the handler fails at the start', () => {
    project.write({ 'other.cjs': 'exports.other = 1;\n', 'entry.ts': "export * from './other.cjs';\n" });
    const bound = bindSource(project.typescript('entry.ts'), { wrapHandler: true });
    expect(() => require(join(bound.directory, 'index.js'))).toThrow("entry.ts must export a function named 'handler'");
  });

  test('an entry that does not exist', () => {
    expect(() => bindSource(Source.typescript('src/not-there.ts'))).toThrow(
      new Error(
        `the entry does not exist; it must be a file, relative to the working directory ${process.cwd()}, got: 'src/not-there.ts' (at Stack)`,
      ),
    );
  });

  test.each([
    ['typescript', () => Source.typescript('src/gone.ts'), 'a file', 'src/gone.ts'],
    ['javascript', () => Source.javascript('src/gone.mjs'), 'a file', 'src/gone.mjs'],
    ['python', () => Source.python('src/gone', { handler: 'app.run' }), 'a folder', 'src/gone'],
  ])('a missing entry of Source.%s names the function that asked for it', (_kind, source, what, path) => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => new ManagedFunction(stack, 'Resize', { source: source() })).toThrow(
      `the entry of 'Resize' does not exist; it must be ${what}, relative to the working directory ${process.cwd()}, got: '${path}' (at Stack)`,
    );
  });

  test('an entry of the other language', () => {
    expect(() => Source.javascript(project.path('sources', 'named.ts'))).toThrow(
      /^entry must end in one of \.js, \.mjs, \.cjs, \.jsx, got: /,
    );
  });

  test('a handler that is not an identifier', () => {
    expect(() => project.typescript('sources/named.ts', { handler: 'index.handler' })).toThrow(
      "handler must be the name of an export, got: 'index.handler'",
    );
  });

  test('a runtime that does not run JavaScript', () => {
    expect(() => bindSource(project.typescript('sources/named.ts'), { runtime: lambda.Runtime.PYTHON_3_13 })).toThrow(
      "a TypeScript or JavaScript source requires a Node.js runtime, got: 'python3.13' (at Stack)",
    );
  });
});

test('an entry is not bundled if bundling is skipped, so its content does not matter', () => {
  const bound = bindSource(project.typescript('broken/syntax.ts'), { context: skipBundling() });
  expect(readFileSync(join(bound.directory, 'index.js'), 'utf8')).toContain('synthesized without bundling');
});

test('any code of the CDK is used unchanged', () => {
  const stack = new Stack(new App(), 'Stack');
  const code = lambda.Code.fromInline('exports.handler = async () => 1');
  expect(
    Source.code(code, { handler: 'index.handler' }).bind(stack, {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      wrapHandler: true,
    }),
  ).toEqual({
    code,
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    wrapped: false,
  });
});
