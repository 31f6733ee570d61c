// Runs suites again and again on a machine that is kept busy, to show that none of them depends on how fast it is:
//   npm run test:stress                       the suites that wait, five times over at load 8
//   npm run test:stress -- --load 4 --times 1 --all    every suite, once at load 4
// Prints what failed in which round, and ends with 1 when anything has.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
process.chdir(root);

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: '8' },
    times: { type: 'string', default: '5' },
    all: { type: 'boolean', default: false },
  },
});
const [load, times] = [values.load, values.times].map(Number);
if (!(load >= 1) || !(times >= 1)) {
  console.error(`load and times must be numbers of 1 or more, got: '${values.load}' and '${values.times}'`);
  process.exit(1);
}

const { maxWorkers } = require('../jest.config.cjs');
const { waiting } = require('./jest-tiers.cjs');
const suites = values.all ? [] : waiting;

// The workers of jest are a part of the load. A loop ends with this process, whose end closes its standard input.
const LOOP =
  "process.stdin.on('close', () => process.exit()).resume(); (function spin() { for (const end = Date.now() + 50; Date.now() < end; ); setImmediate(spin); })();";
const loops = Array.from({ length: Math.max(0, load - maxWorkers) }, () =>
  spawn(process.execPath, ['-e', LOOP], { stdio: ['pipe', 'ignore', 'ignore'] }),
);
const folder = mkdtempSync(join(tmpdir(), 'katamari-stress-'));
const output = join(folder, 'result.json');

const round = () =>
  new Promise((resolve) => {
    const jest = join(require.resolve('jest/package.json'), '..', 'bin', 'jest.js');
    // A round that dies before it writes must not show the result of the round before.
    rmSync(output, { force: true });
    const args = [
      jest,
      '--ci',
      '--json',
      `--outputFile=${output}`,
      ...(suites.length > 0 ? ['--runTestsByPath', ...suites] : []),
    ];
    spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }).once('close', resolve);
  });

let failed = false;
const lines = [];
try {
  for (let number = 1; number <= times; number++) {
    const code = await round();
    const result = JSON.parse(readFileSync(output, 'utf8'));
    const failures = result.testResults.flatMap(({ name, message, assertionResults }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
      const shown = tests.length > 0 ? tests : message !== '' ? ['the suite did not run'] : [];
      return shown.map((test) => `    ${relative(root, name)}: ${test}`);
    });
    failed ||= code !== 0;
    lines.push(
      `round ${number} of ${times}: ${result.numPassedTests} passed, ${result.numFailedTests} failed in ${result.testResults.length} suites, load ${loadavg()[0].toFixed(1)}${code === 0 ? '' : `, exit code ${code}`}`,
      ...failures,
    );
    console.log(lines.join('\n'));
  }
} finally {
  for (const loop of loops) loop.kill();
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
