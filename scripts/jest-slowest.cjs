// Prints the slowest suites of a run. With KATAMARI_DURATIONS=1 it also writes scripts/jest-durations.json, by which
// scripts/jest-sequencer.cjs orders the suites.
const { existsSync, writeFileSync } = require('node:fs');
const { join, relative, sep } = require('node:path');

const ROOT = join(__dirname, '..');
const SHOWN = 10;
/** Shorter suites need no place of their own in the order. */
const LISTED_S = 5;

module.exports = class {
  onRunComplete(_contexts, { testResults, startTime }) {
    const suites = testResults
      .map(({ testFilePath, perfStats: { start, end } }) => ({
        name: relative(ROOT, testFilePath).split(sep).join('/'),
        seconds: (end - start) / 1000,
      }))
      .sort((a, b) => b.seconds - a.seconds);
    if (suites.length <= SHOWN) return;
    const total = suites.reduce((sum, { seconds }) => sum + seconds, 0);
    const wall = (Date.now() - startTime) / 1000;
    const lines = suites.slice(0, SHOWN).map(({ name, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${name}`);
    process.stderr.write(
      `\nThe ${SHOWN} slowest of ${suites.length} suites, ${total.toFixed(0)} s in all, within ${wall.toFixed(0)} s:\n${lines.join('\n')}\n\n`,
    );
    if (process.env.KATAMARI_DURATIONS === '1') {
      const listed = suites
        .filter(({ name, seconds }) => seconds >= LISTED_S && existsSync(join(ROOT, name)))
        .map(({ name, seconds }) => [name, Math.round(seconds)]);
      writeFileSync(join(__dirname, 'jest-durations.json'), `${JSON.stringify(Object.fromEntries(listed), null, 2)}\n`);
    }
  }
};
