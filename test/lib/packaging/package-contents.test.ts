import { symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { contentsOf, filesBelow } from '../../../lib/packaging/package-contents';
import { SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
  project.write({
    'config.json': '{}',
    'assets/a.txt': 'a',
    'assets/deep/b.txt': 'b',
    'assets/deep/c.log': 'c',
    'assets/.hidden': 'h',
    'assets/cache/d.txt': 'd',
  });
});
afterEach(() => project.remove());

const contents = (...given: Parameters<typeof contentsOf>) =>
  Object.fromEntries([...contentsOf(...given)].map(([target, path]) => [target, relative(project.directory, path)]));

describe('files', () => {
  test.each([
    [undefined, 'config.json'],
    ['settings', 'settings/config.json'],
    ['settings/of/mine/', 'settings/of/mine/config.json'],
    ['./settings', 'settings/config.json'],
    ['.', 'config.json'],
    ['a/../settings', 'settings/config.json'],
    ['settings\\mine', 'settings/mine/config.json'],
  ])('in the target folder %j have the path %s', (folder, target) => {
    expect(contents([{ path: project.path('config.json'), folder }], [])).toEqual({ [target]: 'config.json' });
  });

  test('can be given by a path relative to the working directory', () => {
    const path = relative(process.cwd(), project.path('config.json'));
    expect(contents([{ path }], [])).toEqual({ 'config.json': 'config.json' });
  });

  test.each(['not-there.json', 'assets'])('must be existing files, so %s is rejected', (name) => {
    const path = project.path(name);
    expect(() => contentsOf([{ path }], [])).toThrow(
      new Error(`a file to add must exist, relative to the working directory ${process.cwd()}, got: '${path}'`),
    );
  });

  test.each(['..', '../a', '/etc', 'a/../../b', '..\\a'])('cannot have the target folder %s outside the package', (folder) => {
    expect(() => contentsOf([{ path: project.path('config.json'), folder }], [])).toThrow(
      new Error(`the folder within a package must be a relative path inside the package, got: '${folder}'`),
    );
  });

  test('with the same target are rejected unless they are the same file', () => {
    project.write({ 'other/config.json': '[]' });
    const [one, other] = [project.path('config.json'), project.path('other', 'config.json')];
    expect(() => contentsOf([{ path: one }, { path: other }], [])).toThrow(
      new Error(`'${one}' and '${other}' both map to the package path 'config.json'`),
    );
    expect(contents([{ path: one }, { path: one }], [])).toEqual({ 'config.json': 'config.json' });
    expect(Object.keys(contents([{ path: one }, { path: other, folder: 'b' }], []))).toEqual(['config.json', 'b/config.json']);
  });
});

describe('folders', () => {
  test('keep their name and all of their content', () => {
    expect(contents([], [{ path: project.path('assets') }])).toEqual({
      'assets/.hidden': 'assets/.hidden',
      'assets/a.txt': 'assets/a.txt',
      'assets/cache/d.txt': 'assets/cache/d.txt',
      'assets/deep/b.txt': 'assets/deep/b.txt',
      'assets/deep/c.log': 'assets/deep/c.log',
    });
  });

  test('can have a target folder and patterns to ignore', () => {
    const found = contents([], [{ path: project.path('assets'), folder: 'data/in', ignore: ['*.log', 'cache', '.*'] }]);
    expect(Object.keys(found)).toEqual(['data/in/a.txt', 'data/in/deep/b.txt']);
  });

  test('can be placed at the top, where they must not contain an existing file', () => {
    project.write({ 'assets/config.json': '[]' });
    const folder = { path: project.path('assets'), folder: '.' };
    expect(Object.keys(contents([], [folder]))).toContain('config.json');
    expect(() => contentsOf([{ path: project.path('config.json') }], [folder])).toThrow(
      "both map to the package path 'config.json'",
    );
  });

  test.each(['not-there', 'config.json'])('must be existing folders, so %s is rejected', (name) => {
    const path = project.path(name);
    expect(() => contentsOf([], [{ path }])).toThrow(
      new Error(`a folder to add must exist, relative to the working directory ${process.cwd()}, got: '${path}'`),
    );
  });
});

describe('the content of a folder', () => {
  test('is ignored by patterns of .gitignore', () => {
    const below = (...ignore: string[]) => filesBelow(project.path('assets'), ignore);
    expect(below('deep/*', '!deep/b.txt')).toEqual(['.hidden', 'a.txt', 'cache/d.txt', 'deep/b.txt']);
    expect(below('/a.txt', 'cache/')).toEqual(['.hidden', 'deep/b.txt', 'deep/c.log']);
    expect(below('*')).toEqual([]);
  });

  test('is found behind links, except circular and broken ones', () => {
    symlinkSync(project.path('config.json'), project.path('assets', 'linked.json'));
    symlinkSync(project.path('assets', 'deep'), project.path('assets', 'linked'));
    symlinkSync(project.path('assets'), project.path('assets', 'deep', 'round'));
    symlinkSync(project.path('gone'), project.path('assets', 'nowhere'));
    expect(filesBelow(project.path('assets'), ['.hidden', 'cache'])).toEqual([
      'a.txt',
      'deep/b.txt',
      'deep/c.log',
      'linked.json',
      'linked/b.txt',
      'linked/c.log',
    ]);
  });
});
