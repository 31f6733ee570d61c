import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireLock } from '../../../lib/dependency-store/npm-dependency';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-npm-lock-'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lockWith = (content: string) => {
  writeFileSync(join(folder, 'package.json'), content);
  return requireLock({ name: 'ms', spec: 'ms' }, join(folder, 'package-lock.json'));
};

test('a package.json that lists the package is accepted', () => {
  expect(lockWith('{ "dependencies": { "ms": "^2.0.0" } }')).toBe(join(folder, 'package-lock.json'));
});

test.each(['{}', '[]', 'null', '{ "dependencies": ["ms"] }', '{ "dependencies": { "ms": 2 } }'])(
  'the package.json %s does not list the package',
  (content) => {
    expect(() => lockWith(content)).toThrow(/^the package\.json in the folder of '.*' must list 'ms' in its dependencies/);
  },
);

test('a package.json that is not JSON is refused', () => {
  expect(() => lockWith('{')).toThrow(`${join(folder, 'package.json')} must be JSON: `);
});
