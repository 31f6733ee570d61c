import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Layer, LayerContent, Source, StoredDependency } from '../../../lib';
import { treeOf } from '../../../lib/packaging/files';
import { CREDENTIALS, NOT_CODE, VIRTUAL_ENVIRONMENT } from '../../../lib/packaging/left-out';
import { contentsOf, packagedFiles } from '../../../lib/packaging/package-contents';
import { bindSource, SourceProject } from '../../support/source-project';

const FILES: Record<string, string> = {
  'data/kept.txt': '',
  'data/.netrc': 'machine example.com password secret',
  'data/sub/.pypirc': '',
  'data/.env.production': '',
  'data/.aws/credentials': '',
  'data/sub/.ssh/id_ed25519': '',
  'data/home/.config/gcloud/token.json': '',
  'data/my-environment/pyvenv.cfg': 'home = /usr/bin\n',
  'data/my-environment/lib/python3.13/site-packages/six.py': '',
};

let directory: string;
const before = process.cwd();
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-left-out-')));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  process.chdir(directory);
});
afterEach(() => {
  process.chdir(before);
  rmSync(directory, { recursive: true });
});

test('credentials and virtual environments of any name are left out of a folder', () => {
  expect([...contentsOf([], [{ path: 'data' }]).keys()]).toEqual(['data/kept.txt']);
});

test('a pattern takes credentials back in, and a file that is named is packaged', () => {
  expect([...contentsOf([{ path: 'data/.netrc' }], [{ path: 'data', ignore: ['!.env.production'] }]).keys()]).toEqual([
    ...['.netrc', 'data/.env.production', 'data/kept.txt'],
  ]);
});

test('a folder that is a virtual environment itself is packaged where it is named', () => {
  expect(packagedFiles(join(directory, 'data/my-environment'), [])).toContain('pyvenv.cfg');
});

test('a function of TypeScript gets neither', () => {
  const project = new SourceProject();
  try {
    project.write({ 'handler.ts': 'export const handler = () => 1;\n' });
    const { directory: packaged } = bindSource(project.typescript('handler.ts', { folders: [{ path: 'data' }] }));
    expect(treeOf(packaged).filter((name) => name.startsWith('data/'))).toEqual(['data/kept.txt']);
  } finally {
    project.remove();
  }
});

test('a function of Python gets neither, of its own folder, its modules and its folders', () => {
  for (const [name, text] of Object.entries(FILES)) {
    for (const folder of ['fn', 'module']) {
      mkdirSync(dirname(join(directory, folder, name)), { recursive: true });
      writeFileSync(join(directory, folder, name), text);
    }
  }
  writeFileSync(join(directory, 'fn/app.py'), 'def run(event, context): ...\n');
  writeFileSync(join(directory, 'module/__init__.py'), '');
  const source = Source.python('fn', { handler: 'app.run', modules: ['module'], folders: [{ path: 'data', folder: 'more' }] });
  const { directory: packaged } = bindSource(source, { runtime: lambda.Runtime.PYTHON_3_13 });
  expect(treeOf(packaged).filter((name) => !name.startsWith('katamari_'))).toEqual([
    ...['app.py', 'data/kept.txt', 'module/__init__.py', 'module/data/kept.txt', 'more/kept.txt'],
  ]);
});

test('layers and stored dependencies get neither', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  new Layer(stack, 'Layer', { content: LayerContent.folder('data') });
  app.synth();
  const { files } = JSON.parse(readFileSync(join(app.outdir, 'Stack.assets.json'), 'utf8'));
  const asset = (Object.values(files) as { source: { path: string } }[]).find(({ source }) => source.path.startsWith('asset.'));
  expect(treeOf(join(app.outdir, asset?.source.path ?? ''))).toEqual(['kept.txt']);
  const bound = StoredDependency.directory('data', 'data')._bind(stack, {
    runtime: lambda.Runtime.PYTHON_3_13,
    architecture: lambda.Architecture.ARM_64,
  });
  expect([...bound.files('').keys()]).toEqual(['kept.txt']);
});

test('docs/functions.md has everything that is left out', () => {
  const text = readFileSync(join(before, 'docs', 'functions.md'), 'utf8');
  for (const pattern of [...CREDENTIALS, ...NOT_CODE, VIRTUAL_ENVIRONMENT]) expect(text).toContain(`\`${pattern}\``);
});
