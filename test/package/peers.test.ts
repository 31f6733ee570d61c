import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { withoutAws } from '../../engine/ministack';
import { runProcess } from '../../engine/run-process';
import { npmInstall } from '../support/npm-install';

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entry = join(__dirname, 'every-construct.ts');
/** Packages that the app needs besides the peers. They are linked, so that only the peers are installed. */
const BESIDE = ['esbuild', 'typescript', '@types/node', 'undici-types'];

/** Oldest version of a range such as `^2.232.0`. */
const floorOf = (name: string) => String(manifest.peerDependencies[name]).replace('^', '');

/** Creates an app with the given peers, and this package as it is published. */
async function appWith(peers: readonly string[]): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-peers-')));
  await npmInstall(folder, peers);
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'cdk-katamari');
  for (const name of ['package.json', 'dist/lib', 'dist/lambda', 'dist/python']) {
    cpSync(join(root, name), join(own, name), { recursive: true });
  }
  for (const name of manifest.bundledDependencies) {
    cpSync(join(root, 'node_modules', name), join(own, 'node_modules', name), { recursive: true });
  }
  for (const name of BESIDE) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join(root, 'node_modules', name)), join(modules, name), 'junction');
  }
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'app.py'), 'def run(event, context):\n    return event\n');
  writeFileSync(join(folder, 'handler.ts'), 'export const handler = async () => {};\n');
  cpSync(entry, join(folder, 'app.ts'));
  cpSync(join(__dirname, 'consumer', 'tsconfig.json'), join(folder, 'tsconfig.base.json'));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions: { noEmit: true }, files: ['app.ts'] }),
  );
  writeFileSync(join(folder, 'app.js'), transformSync(readFileSync(entry, 'utf8'), { loader: 'ts', format: 'cjs' }).code);
  return folder;
}

async function runNode(folder: string, args: string[]): Promise<string> {
  const env = { ...withoutAws(process.env), NODE_OPTIONS: '', NO_COLOR: '1', CDK_VALIDATION: 'false' };
  const { code, stdout, stderr } = await runProcess(process.execPath, args, { cwd: folder, env });
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

describe.each([
  ['the oldest', ['aws-cdk-lib', 'constructs'].map((name) => `${name}@${floorOf(name)}`)],
  ['the newest', ['aws-cdk-lib@2', 'constructs@10']],
])('with %s aws-cdk-lib and constructs', (which, peers) => {
  let folder: string;
  beforeAll(async () => {
    folder = await appWith(peers);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('every construct synthesizes, and a URL has all permissions that it needs', async () => {
    const { made, missing, permissions, actions } = JSON.parse(await runNode(folder, ['app.js']));
    expect(made).toBeGreaterThanOrEqual(10);
    expect(missing).toEqual([]);
    const both = (principal: string) => [
      [principal, 'lambda:InvokeFunctionUrl', false],
      [principal, 'lambda:InvokeFunction', true],
    ];
    const ofUrls = permissions.filter(([principal]: string[]) => principal === '*' || principal === 'cloudfront.amazonaws.com');
    expect(ofUrls).toEqual([...both('*'), ...both('cloudfront.amazonaws.com')]);
    expect(actions).toEqual([expect.stringContaining('"lambda:InvokedViaFunctionUrl"')]);
  }, 240_000);

  if (which === 'the oldest') {
    test('the declarations compile', async () => {
      const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
      const { stdout } = await runProcess(process.execPath, [compiler, '-p', '.'], { cwd: folder, env: withoutAws(process.env) });
      // The declarations of older versions of the CDK have errors of their own.
      const errors = stdout
        .split('\n')
        .filter((line) => /^\S.*error TS/.test(line) && !line.startsWith('node_modules/aws-cdk-lib/'));
      expect(errors).toEqual([]);
    }, 240_000);
  }
});
