// The tiers of the test suites. A suite is slow when it, or a file of test/ that it imports, uses a name that starts an engine
// or installs packages: there is no list to maintain, and scripts/jest-fast.cjs refuses both in the fast tier.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const TESTS = join(__dirname, '..', 'test');
/** What starts an engine, deploys into one, or installs what a virtual environment has. */
const SLOW_NAMES = new Set(['MiniStack', 'deployForTest', 'virtualEnvironment']);
/** What installs packages from a registry at synth. */
const INSTALLS = /\bStoredDependency\.(npm|pip)\(/;
/** A folder with tests of a user's project, run by node:test within a suite. */
const CONSUMER = join(TESTS, 'package', 'consumer');

const importsOf = (text) =>
  [...text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[\w*\s,]*\{([^}]*)\}|[^'"{]*)\s*(?:from\s+)?['"]([^'"]+)['"]/gm)].map(
    ([, names = '', from]) => ({
      from,
      names: names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => name.split(/\s+as\s+/)[0]),
    }),
  );

/** Whether a file starts an engine or installs packages, by itself or through another file of test/. */
const isSlow = (file, known) => {
  if (known.has(file)) return known.get(file);
  known.set(file, false);
  const text = readFileSync(file, 'utf8');
  const slow =
    INSTALLS.test(text) ||
    importsOf(text).some(({ from, names }) => {
      if (names.some((name) => SLOW_NAMES.has(name))) return true;
      const imported = from.startsWith('.') ? `${join(dirname(file), from)}.ts` : undefined;
      return imported?.startsWith(TESTS) && existsSync(imported) && isSlow(imported, known);
    });
  known.set(file, slow);
  return slow;
};

const known = new Map();
const suites = readdirSync(TESTS, { recursive: true })
  .map((name) => join(TESTS, name))
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith(CONSUMER))
  .sort();

module.exports = {
  fast: suites.filter((file) => !isSlow(file, known)),
  slow: suites.filter((file) => isSlow(file, known)),
};
