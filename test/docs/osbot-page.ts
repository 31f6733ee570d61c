import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');

/** A section of docs/osbot.md: calls of OSBot-AWS, and examples of their counterparts. */
export interface Section {
  /** Names in the first column of its table. */
  readonly calls: readonly string[];
  /** The other columns of each row: what the call does, and its counterpart. */
  readonly cells: readonly (readonly string[])[];
  readonly blocks: readonly { readonly language: string; readonly code: string }[];
}

/** Title of the first section whose examples act on deployed functions through clients. */
const FIRST_OF_CLIENTS = 'Connect a client';

/** The sections about constructs, by their titles. */
export function sectionsOfConstructs(): Map<string, Section> {
  const all = readSections();
  return new Map(all.slice(0, indexOfClients(all)));
}

/** The sections about clients, by their titles. */
export function sectionsOfClients(): Map<string, Section> {
  const all = readSections();
  return new Map(all.slice(indexOfClients(all)));
}

function indexOfClients(all: readonly [string, Section][]): number {
  const index = all.findIndex(([title]) => title === FIRST_OF_CLIENTS);
  if (index < 0) throw new Error(`docs/osbot.md must have the section '${FIRST_OF_CLIENTS}'`);
  return index;
}

function readSections(): [string, Section][] {
  const page = readFileSync(join(ROOT, 'docs', 'osbot.md'), 'utf8');
  const texts = page.split(/^## /m).slice(1);
  return texts.map((text) => {
    const rows = [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split(' | '));
    const calls = rows.flatMap(([names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
    const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
      language,
      code: code.trimEnd(),
    }));
    return [text.slice(0, text.indexOf('\n')), { calls, cells: rows.map(([, ...cells]) => cells), blocks }];
  });
}

/** The blocks of a section in one language. */
export function blocksOf(section: Section | undefined, language: string): string[] {
  return (section?.blocks ?? []).filter((block) => block.language === language).map(({ code }) => code);
}

/** Counterparts that no example of the sections uses, and rows with an empty cell. */
export function rowsWithoutExample(sections: ReadonlyMap<string, Section>): string[] {
  const code = [...sections.values()].flatMap((section) => blocksOf(section, 'ts')).join('\n');
  return [...sections.values()].flatMap(({ cells }) =>
    cells.flatMap(([does = '', counterpart = '']) => {
      if (!does.trim() || !counterpart.trim()) return [`${does} | ${counterpart}`];
      const names = [...counterpart.matchAll(/`((?:fn|layer|FunctionClient|LayerClient)\.[\w.]+)`/g)].map(([, name]) => name);
      return names.filter((name): name is string => name !== undefined && !code.includes(`${name}(`));
    }),
  );
}

// The sources, where a user has the package.
const SOURCES: Readonly<Record<string, string>> = {
  'cdk-katamari': '../../lib',
  'cdk-katamari/client': '../../client',
  'cdk-katamari/testing': '../../testing',
};
const requireHere = createRequire(__filename);

/** Runs the TypeScript code of a block, which can use `names`, and returns its top-level variables. */
export function run(code: string, names: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return functionOf(code, Object.keys(names), false)(load, ...Object.values(names)) as Record<string, unknown>;
}

/** Runs code that awaits, otherwise like `run`. */
export function runAsync(code: string, names: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  return functionOf(code, Object.keys(names), true)(load, ...Object.values(names)) as Promise<Record<string, unknown>>;
}

// biome-ignore lint/suspicious/noExplicitAny: what is called takes whatever the block needs
function functionOf(code: string, names: readonly string[], asynchronous: boolean): (...args: any[]) => unknown {
  // The code is in an inner function, so that it can declare names that are parameters of the outer one.
  const body = `function block(require, ${names.join(', ')}) { return (${asynchronous ? 'async ' : ''}() => {
${withRequires(code)}
return { ${declaredNames(code).join(', ')} };
})(); }`;
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  return new Function(`${outputText}; return block;`)();
}

/** Replaces imports with calls of require, because a function cannot contain imports. */
function withRequires(code: string): string {
  return code
    .replace(/^import \* as (\w+) from ('[^']+');$/gm, 'const $1 = require($2);')
    .replace(/^import \{([^}]+)\} from ('[^']+');$/gm, 'const {$1} = require($2);');
}

function declaredNames(code: string): string[] {
  const file = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true);
  const namesOf = (name: ts.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
  return file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name));
    return ts.isClassDeclaration(statement) && statement.name ? [statement.name.text] : [];
  });
}

function load(name: string): unknown {
  return SOURCES[name] ? jest.requireActual(SOURCES[name]) : requireHere(name);
}
