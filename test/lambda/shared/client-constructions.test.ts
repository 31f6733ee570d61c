import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
/** Everything that users run. Benchmarks measure the clients of others as they are. */
const FOLDERS = ['lambda', 'client', 'cli', 'engine', 'testing', 'examples', 'bin'];
/** What gives a client of the SDK its timeouts. */
const WITH_TIMEOUTS = /\b(clientSettings|sdkSettings)\(|\brequestHandler\b/;
/** What gives a client of botocore its timeouts: an own configuration, or `new_client`, which completes it. */
const PYTHON_TIMEOUTS = /\bconfig=/;

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|py)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules')),
);
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The arguments of a call, whose parenthesis opens at a position. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')' && --depth === 0) return text.slice(open + 1, at);
  }
  throw new Error('the parentheses of a call must be closed');
}

function calls(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((found) => argumentsAt(text, found.index + found[0].length - 1));
}

/** Names of the client classes that a file imports from the SDK. */
function sdkClients(text: string): string[] {
  const imports = [...text.matchAll(/import\s*\{([^}]*)\}\s*from\s*'@aws-sdk\/client-[^']+'/g)];
  return imports
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => /^\w+Client$/.test(name));
}

test('every client of the SDK has timeouts', () => {
  const found = sources
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const text = textOf(path);
      return sdkClients(text).flatMap((name) =>
        calls(text, new RegExp(`\\bnew ${name}\\(`, 'g')).map((given) => ({ path, name, given })),
      );
    });
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(({ given }) => !WITH_TIMEOUTS.test(given))).toEqual([]);
});

test('every fetch has a time limit', () => {
  const found = sources
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => calls(textOf(path), /(?<![.\w])fetch\(/g).map((given) => ({ path, given })));
  expect(found.length).toBeGreaterThan(2);
  expect(found.filter(({ given }) => !/\bsignal\b/.test(given))).toEqual([]);
});

test('every client of botocore has timeouts', () => {
  const found = sources
    .filter((path) => path.endsWith('.py'))
    .flatMap((path) => calls(textOf(path), /\.create_client\(/g).map((given) => ({ path, given })))
    // The definition in _sdk.py passes on its own parameter, which `with_timeouts` completes.
    .filter(({ given }) => given !== 'service, config');
  expect(found.length).toBeGreaterThan(3);
  expect(found.filter(({ given }) => !PYTHON_TIMEOUTS.test(given))).toEqual([]);
  const others = sources.filter((path) => path.endsWith('.py') && /\bboto3\.(client|resource)\(/.test(textOf(path)));
  expect(others).toEqual([]);
});
