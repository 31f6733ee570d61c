import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { bindSource, invokeBound, SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject('sources');
});
afterEach(() => project.remove());

const filesOf = (bound: { directory: string }) => readdirSync(bound.directory).sort();
const runtime = (name: string) => new lambda.Runtime(name, lambda.RuntimeFamily.NODEJS);
const packageOf = (name: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([file, content]) => [`node_modules/${name}/${file}`, content]));

test('the tracker is added to the bundle only if it is requested', () => {
  const source = project.typescript('sources/named.ts');
  expect(filesOf(bindSource(source, { wrapHandler: true }))).toEqual([
    'index.js',
    'index.js.map',
    'katamari-handler.js',
    'katamari-tracker.js',
  ]);
  expect(filesOf(bindSource(source))).toEqual(['index.js', 'index.js.map']);
});

test('minify shortens names and white space', () => {
  const entry = 'export const handler = async () => {\n  const aLongName = Date.now();\n  return [aLongName, aLongName];\n};\n';
  project.write({ 'entry.ts': entry });
  expect(project.code('entry.ts')).toContain('  const aLongName = ');
  expect(project.code('entry.ts', { minify: true })).not.toMatch(/aLongName|\n {2}/);
});

test('minify keeps the names of classes and functions, because error types are class names', async () => {
  project.write({
    'entry.ts': `class OutOfStock extends Error {}
function reserve(): never { throw new OutOfStock(); }
export const handler = async () => {
  try { reserve(); } catch (error) { return [(error as Error).constructor.name, reserve.name]; }
};
`,
  });
  const bound = bindSource(project.typescript('entry.ts', { minify: true }));
  await expect(invokeBound(bound)).resolves.toEqual(['OutOfStock', 'reserve']);
});

test('a source map is created and referenced by the bundle unless it is disabled', () => {
  const bound = bindSource(project.typescript('sources/throws.ts'));
  expect(readFileSync(join(bound.directory, 'index.js'), 'utf8')).toMatch(/\/\/# sourceMappingURL=index\.js\.map\n$/);
  const without = bindSource(project.typescript('sources/throws.ts', { sourceMap: false }));
  expect(filesOf(without)).toEqual(['index.js']);
  expect(readFileSync(join(without.directory, 'index.js'), 'utf8')).not.toContain('sourceMappingURL');
});

test('the source map has the path of the file within the project, and no source', () => {
  const bound = bindSource(project.typescript('sources/throws.ts'));
  const map = JSON.parse(readFileSync(join(bound.directory, 'index.js.map'), 'utf8'));
  expect(map.sources).toContain('sources/throws.ts');
  expect(map.mappings).not.toBe('');
  expect(map).not.toHaveProperty('sourcesContent');
  expect(JSON.stringify(map)).not.toContain(project.directory);
});

test('unused code of a module is left out', () => {
  project.write({
    'entry.ts': "import { used } from './library';\nexport const handler = async () => used();\n",
    'library.ts': "export const used = () => 'is used';\nexport const unused = () => 'is not used';\n",
  });
  const code = project.code('entry.ts');
  expect(code).toContain('is used');
  expect(code).not.toContain('is not used');
});

test('the ES module of a package is preferred over CommonJS', () => {
  project.write({
    'entry.ts': "import { form } from 'both';\nexport const handler = async () => form;\n",
    ...packageOf('both', {
      'package.json': '{ "name": "both", "main": "main.js", "module": "module.mjs" }',
      'main.js': "exports.form = 'main';\n",
      'module.mjs': "export const form = 'module';\nexport const other = 'left out';\n",
    }),
  });
  const code = project.code('entry.ts');
  expect(code).toContain('form = "module"');
  expect(code).not.toMatch(/"main"|left out/);
});

test('only syntax that the runtime does not support is lowered', () => {
  project.write({
    'entry.ts': `class Settings { static value: string; static { Settings.value = 'set'; } }
export const handler = async (event?: { name?: string }) => event?.name ?? Settings.value;
`,
  });
  const code = (name: string) => project.code('entry.ts', { runtime: runtime(name) });
  expect(code('nodejs12.x')).not.toMatch(/static \{|\?\./);
  expect(code('nodejs16.x')).not.toContain('static {');
  for (const part of ['static {', '?.']) expect(code('nodejs18.x')).toContain(part);
});

test('a local run targets no newer Node.js than this one, and the function’s own where that is older', () => {
  // Newer than any Node.js: what needs no lowering there needs it here.
  project.write({ 'entry.ts': 'export const handler = async () => { using nothing = null; return nothing; };\n' });
  const context = { 'katamari:local': 'true' };
  const here = project.code('entry.ts', { runtime: runtime(`nodejs${process.versions.node.split('.')[0]}.x`) });
  expect(project.code('entry.ts', { runtime: runtime('nodejs99.x'), context })).toBe(here);
  project.write({ 'entry.ts': 'export const handler = async (event?: { id: number }) => event?.id;\n' });
  expect(project.code('entry.ts', { runtime: runtime('nodejs12.x'), context })).not.toContain('?.');
});

test('names are replaced and packages left out on request', () => {
  project.write({
    'entry.ts': "import left from 'left-out';\nexport const handler = async () => [process.env.STAGE, left];\n",
  });
  const code = project.code('entry.ts', { define: { 'process.env.STAGE': '"prod"' }, external: ['left-out'] });
  expect(code).toContain('"prod"');
  expect(code).toContain('require("left-out")');
});
