// The tiers of the test suites. A suite is slow when it, or a file of test/ that it imports, uses a name that starts an engine
// or installs packages: there is no list to maintain, and scripts/jest-fast.cjs refuses both in the fast tier.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const TESTS = join(__dirname, '..', 'test');
/** What starts an engine, deploys into one, or installs packages. */
const SLOW_NAMES = new Set(['MiniStack', 'deployForTest', 'virtualEnvironment', 'npmInstall']);
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

/** Says whether a file does something itself, or through another file of test/ that it imports. */
const through = (does) => {
  const known = new Map();
  const visit = (file) => {
    if (known.has(file)) return known.get(file);
    known.set(file, false);
    const text = readFileSync(file, 'utf8');
    const imports = importsOf(text);
    const found =
      does(text, imports) ||
      imports.some(({ from }) => {
        const imported = from.startsWith('.') ? `${join(dirname(file), from)}.ts` : undefined;
        return imported?.startsWith(TESTS) && existsSync(imported) && visit(imported);
      });
    known.set(file, found);
    return found;
  };
  return visit;
};

const isSlow = through(
  (text, imports) => INSTALLS.test(text) || imports.some(({ names }) => names.some((name) => SLOW_NAMES.has(name))),
);
const waits = through((_text, imports) => imports.some(({ from }) => from.endsWith('/support/until')));

const suites = readdirSync(TESTS, { recursive: true })
  .map((name) => join(TESTS, name))
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith(CONSUMER))
  .sort();

module.exports = {
  fast: suites.filter((file) => !isSlow(file)),
  slow: suites.filter((file) => isSlow(file)),
  /** Suites of either tier that wait for something to happen: `npm run test:stress` runs them on a busy machine. */
  waiting: suites.filter((file) => waits(file)),
};
