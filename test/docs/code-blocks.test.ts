import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import picocolors from 'picocolors';
import * as ts from 'typescript';
import { createProgram } from '../../cli/program';
import { scratchFolder } from '../support/scratch';

const ROOT = join(__dirname, '..', '..');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: code = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language,
    code,
  }));
}

const blocks = PAGES.flatMap(blocksOf);
const code = blocks.filter(({ language }) => language === 'ts' || language === 'typescript');

test('there are blocks to compile', () => {
  expect(code.length).toBeGreaterThan(10);
});

test('every block of TypeScript compiles as a separate module', () => {
  const directory = scratchFolder('docs');
  try {
    const files = code.map(({ code: text }, index) => {
      const file = join(directory, `block-${index}.ts`);
      writeFileSync(file, `${text}\nexport {};\n`);
      return file;
    });
    const program = ts.createProgram([...files, join(__dirname, 'ambient.d.ts')], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Preserve,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: ['node', 'jest'],
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
      const block = file && code[files.indexOf(file.fileName)];
      const line = file && block ? block.line + file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
      return `${block?.page ?? file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    expect(problems).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 120_000);

test('every block of JSON is JSON', () => {
  for (const { code: text, page, line } of blocks.filter(({ language }) => language === 'json')) {
    expect(() => JSON.parse(text)).not.toThrow(`${page}:${line}`);
  }
});

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
});

/** The first words that follow a command in the pages; of `npm run bench -- a b` both. */
const wordsAfter = (command: RegExp) => {
  const found = PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(command)].map(([, words]) => words ?? ''),
  );
  return [...new Set(found.flatMap((words) => words.trim().split(/ +/)))];
};

test('every benchmark that a page names exists', () => {
  const main = readFileSync(join(ROOT, 'bench', 'main.ts'), 'utf8');
  const [, table = ''] = /const benchmarks\b[^{]*\{([^}]*)\}/.exec(main) ?? [];
  const benchmarks = [...table.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name);
  const named = wordsAfter(/npm run bench -- ([a-z]+(?: [a-z]+)*)/g);
  expect(named.length).toBeGreaterThan(1);
  expect(benchmarks).toEqual(expect.arrayContaining(named));
});

test('every katamari command that a page names exists', () => {
  const program = createProgram({
    output: { line: () => undefined, colors: picocolors.createColors(false), width: 100 },
    input: process.stdin,
    directory: ROOT,
    signal: new AbortController().signal,
    fail: () => undefined,
  });
  // Commands appear in blocks, in inline code, and after npx or npm run.
  const named = wordsAfter(/(?:^|`|npx cdk-|npm run )katamari (?:-- )?([a-z]+)/gm);
  expect(named.length).toBeGreaterThan(3);
  expect(program.commands.map((command) => command.name())).toEqual(expect.arrayContaining(named));
});

test('every link between pages has a target', () => {
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .trim()
      .replaceAll(' ', '-');
  const broken: string[] = [];
  for (const page of PAGES) {
    for (const [, target = ''] of readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', fragment] = target.split('#');
      const file = path ? join(ROOT, dirname(page), path) : join(ROOT, page);
      const found =
        existsSync(file) &&
        (!fragment ||
          [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchor(heading) === fragment));
      if (!found) broken.push(`${page}: ${relative(ROOT, file)}${fragment ? `#${fragment}` : ''}`);
    }
  }
  expect(broken).toEqual([]);
});
