import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const PLACES = ['README.md', 'CONTRIBUTING.md', 'docs', 'examples', 'cli', 'engine', 'lib', 'testing', 'client', 'lambda'];

function filesOf(place: string): string[] {
  const path = join(ROOT, place);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(md|ts|py)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(path, name));
}

test('pages and hints never tell a user to run npx katamari, which may be a package of someone else', () => {
  expect(PLACES.flatMap(filesOf).filter((path) => readFileSync(path, 'utf8').includes('npx katamari'))).toEqual([]);
});

test('the package has its command under the name of the package, too', () => {
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(bin).toEqual({ 'cdk-katamari': 'dist/cli/katamari.js', katamari: 'dist/cli/katamari.js' });
});
