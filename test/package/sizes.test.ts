import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(__dirname, '..', '..');
const KIB = 1024;

// The time of a start grows with the size of the files. If a limit is exceeded, check which code was added.
test.each([
  ['lambda/tracker/index.js', 370],
  ['lambda/failure-recorder/index.js', 490],
  ['lambda/ticker/tick/index.js', 420],
  ['lambda/ticker/dispatch/index.js', 460],
  ['lambda/invoker-gateway/index.js', 560],
  ['lambda/not-bundled/index.js', 1],
  // An import loads only the used parts. A require loads everything except the parts that are loaded on demand.
  ['runtime/index.js', 470],
  ['chunks/assume-role.js', 310],
  ['chunks/health-table.js', 340],
  ['chunks/object-reader.js', 430],
  ['client/index.js', 545],
  ['testing/index.js', 4],
  ['testing/serializer.js', 2],
])('dist/%s has at most %d KiB', (file, bound) => {
  const { size } = statSync(join(root, 'dist', file));
  expect(size).toBeLessThanOrEqual(bound * KIB);
  // The file must not be empty.
  expect(size).toBeGreaterThan((bound * KIB) / 4);
});

test.each([
  ['nothing', 'export const handler = () => 1;', 1],
  ['currentRun', "import { currentRun } from 'cdk-katamari/runtime'; export const handler = () => currentRun();", 1],
  ['emit', "import { emit } from 'cdk-katamari/runtime'; export const handler = () => emit('name');", 300],
  ['invoke', "import { invoke } from 'cdk-katamari/client'; export const handler = () => invoke('other', {});", 420],
  ['LayerClient', "import { LayerClient } from 'cdk-katamari/client'; export const handler = () => new LayerClient('l');", 420],
  [
    'TemporaryRole',
    "import { TemporaryRole } from 'cdk-katamari/client'; export const handler = () => TemporaryRole.create;",
    520,
  ],
  [
    'LambdaAdapter',
    "import { LambdaAdapter } from 'cdk-katamari/runtime'; export const handler = () => LambdaAdapter.fromEnvironment('m');",
    // Contains the zod schemas that check the modules in the environment variables.
    475,
  ],
  [
    'loadDependencies',
    "import { loadDependencies } from 'cdk-katamari/runtime'; export const handler = () => loadDependencies(['name']);",
    480,
  ],
  ['RunsClient', "import { RunsClient } from 'cdk-katamari/client'; export const handler = () => new RunsClient('t');", 330],
])('a bundle that uses only %s stays below its size limit', (_name, contents, bound) => {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    write: false,
    logLevel: 'error',
  });
  expect(outputFiles[0]?.contents.length).toBeLessThanOrEqual(bound * KIB);
});
