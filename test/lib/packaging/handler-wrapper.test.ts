import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleFormat } from '../../../lib';
import { wrapperOf } from '../../../lib/packaging/handler-wrapper';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-wrapper-'));
  for (const name of ['tracker', 'shell']) {
    cpSync(join('dist', 'lambda', name, 'index.js'), join(folder, `katamari-${name}.js`));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A run table on a closed port: runs are tracked, and what can't be recorded does not stop them. */
const TRACKED = {
  KATAMARI_RUN_TABLE: 'runs',
  KATAMARI_FUNCTION: 'Load',
  KATAMARI_SHELL_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shell',
  KATAMARI_GROUP: 'group',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};

/** Runs a wrapped handler three times in one process, and returns what it returns or throws. */
function runThrice(format: BundleFormat, code: string, wrappers = { wrapped: true, debugShell: false }): string[] {
  const wrapper = wrapperOf(wrappers, format);
  if (!wrapper) throw new Error('there must be a wrapper');
  writeFileSync(join(folder, wrapper.name), wrapper.source);
  writeFileSync(join(folder, format === BundleFormat.ESM ? 'index.mjs' : 'index.js'), code);
  const program = `
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60000 };
    import(${JSON.stringify(join(folder, wrapper.name))}).then(async ({ handler }) => {
      const results = [];
      for (let run = 0; run < 3; run++) {
        try { results.push(await handler({}, { ...context, awsRequestId: 'r' + run })); } catch (error) { results.push(error.message); }
      }
      process.stdout.write(JSON.stringify(results), () => process.exit(0));
    });
  `;
  const env = { ...process.env, ...TRACKED };
  const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', stdio: 'pipe', env });
  return JSON.parse(output.slice(output.lastIndexOf('[')));
}

const FAILS_ONCE = "globalThis.loads = (globalThis.loads ?? 0) + 1; if (globalThis.loads === 1) throw new Error('not yet');";

test.each([
  [BundleFormat.CJS, `${FAILS_ONCE} exports.handler = async () => 'ran ' + globalThis.loads;`],
  [BundleFormat.ESM, `${FAILS_ONCE} export const handler = async () => 'ran ' + globalThis.loads;`],
])('a bundle in the format %s that fails to load once is loaded again for the next run', (format, code) => {
  expect(runThrice(format, code)).toEqual([expect.stringMatching(/^not yet/), 'ran 2', 'ran 2']);
});

test.each([
  [BundleFormat.CJS, "throw new Error('never');"],
  [BundleFormat.ESM, "throw new Error('never'); export const handler = 1;"],
])('a bundle in the format %s that can never be loaded fails each run', (format, code) => {
  expect(runThrice(format, code)).toEqual([1, 2, 3].map(() => expect.stringMatching(/^never/)));
});

test.each([
  [BundleFormat.CJS, "exports.handler = async () => 'ran';"],
  [BundleFormat.ESM, "await 1; export const handler = async () => 'ran';"],
])('the debug shell wraps a handler in the format %s', (format, code) => {
  for (const wrapped of [true, false])
    expect(runThrice(format, code, { wrapped, debugShell: true })).toEqual(['ran', 'ran', 'ran']);
});

test('a handler without wrappers has no such file', () => {
  expect(wrapperOf({ wrapped: false, debugShell: false }, BundleFormat.ESM)).toBeUndefined();
});
