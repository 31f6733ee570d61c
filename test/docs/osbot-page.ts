import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');

/** One example of the original, with its counterpart. */
export interface Example {
  readonly number: number;
  readonly title: string;
  readonly original: string;
  readonly counterparts: readonly { readonly language: string; readonly code: string }[];
}

/** The examples of docs/osbot.md, each below a heading that begins with its number. */
export function readExamples(): Map<number, Example> {
  const page = readFileSync(join(ROOT, 'docs', 'osbot.md'), 'utf8');
  const examples = page.split(/^### (?=\d+\. )/m).slice(1);
  return new Map(
    examples.map((text) => {
      const [, number, title = ''] = /^(\d+)\. (.*)/.exec(text) ?? [];
      const [original, ...counterparts] = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
        ([, language = '', code = '']) => ({ language, code: code.trimEnd() }),
      );
      return [Number(number), { number: Number(number), title, original: original?.code ?? '', counterparts }];
    }),
  );
}

// The sources, where a user has the package.
const SOURCES: Readonly<Record<string, string>> = {
  'cdk-katamari': '../../lib',
  'cdk-katamari/runtime': '../../lambda/runtime',
  'cdk-katamari/testing': '../../testing',
};
const requireHere = createRequire(__filename);

/** Runs the TypeScript of a counterpart, with `names` in reach; gives the variables that it declares at its top. */
export function run(code: string, names: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return functionOf(code, Object.keys(names), false)(load, ...Object.values(names)) as Record<string, unknown>;
}

/** The same for code that awaits. */
export function runAsync(code: string, names: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  return functionOf(code, Object.keys(names), true)(load, ...Object.values(names)) as Promise<Record<string, unknown>>;
}

// biome-ignore lint/suspicious/noExplicitAny: what is called takes whatever the block needs
function functionOf(code: string, names: readonly string[], asynchronous: boolean): (...args: any[]) => unknown {
  // A function within: what the code declares or imports may have a name that is in reach.
  const body = `function block(require, ${names.join(', ')}) { return (${asynchronous ? 'async ' : ''}() => {
${withRequires(code)}
return { ${declaredNames(code).join(', ')} };
})(); }`;
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  return new Function(`${outputText}; return block;`)();
}

/** Imports as calls: an import can't stand in a function. */
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
