import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { findInterpreter, runPython } from './host';

/** Prints the names that a module defines at the top level, in conditions too; `*` where it imports all names of another module. */
const TOP_NAMES = `
import ast, json, sys
names = []
def visit(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.extend((alias.asname or alias.name).split('.')[0] for alias in node.names)
        else:
            names.extend(name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store))
            for part in ('body', 'orelse', 'finalbody'):
                visit(getattr(node, part, []))
            for handler in getattr(node, 'handlers', []):
                visit(handler.body)
with open(sys.argv[1], 'rb') as file:
    visit(ast.parse(file.read()).body)
print(json.dumps(names))
`;

/**
 * A handler as Lambda names it for Python: module and attribute.
 *
 * @internal
 */
export interface PythonHandler {
  /** Such as `orders.app`. */
  readonly module: string;
  readonly attribute: string;
}

/**
 * Parses a handler such as `app.run` or `orders.app.run`.
 *
 * @throws ValidationError when it has another format
 *
 * @internal
 */
export function parseHandler(handler: string): PythonHandler {
  const [, module, attribute] = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.([A-Za-z_]\w*)$/.exec(handler) ?? [];
  if (module === undefined || attribute === undefined) {
    throw new ValidationError(`handler must name a module and a function in it, such as 'app.run', got: ${formatValue(handler)}`);
  }
  return { module, attribute };
}

/**
 * Checks that the module of a handler exists and defines the attribute.
 *
 * @throws ValidationError with the names that the module defines
 *
 * @internal
 */
export function requireHandler(directory: string, { module, attribute }: PythonHandler): void {
  const file = fileOf(directory, module);
  if (file === undefined) {
    const path = module.replaceAll('.', '/');
    const folder = relative(process.cwd(), directory) || '.';
    throw new ValidationError(
      `handler must name a module in the folder ${formatValue(folder)}, got: '${module}.${attribute}' without ${path}.py`,
    );
  }
  const text = readFileSync(join(directory, file), 'utf8');
  // This finds most handlers without an interpreter, whose start takes as long as a cached synth.
  if (new RegExp(`^(?:async +)?def +${attribute}\\b|^${attribute} *[:=]`, 'm').test(text)) return;
  const names = topNames(join(directory, file), text);
  if (names.some((name) => name === attribute || name === '*' || name === '__getattr__')) return;
  const got = [...new Set(names.filter((name) => !name.startsWith('_')))].map(formatValue).join(', ') || 'no names';
  throw new ValidationError(`${file} must define a function named ${formatValue(attribute)}, got: ${got}`);
}

/**
 * Whether a handler may be a coroutine function, which Lambda does not await. It is not where the module defines it by `def`.
 *
 * @internal
 */
export function mayBeCoroutine(directory: string, { module, attribute }: PythonHandler): boolean {
  const file = fileOf(directory, module);
  const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8');
  const defines = (keyword: string) => new RegExp(`^[ \\t]*${keyword} +${attribute}\\b`, 'm').test(text);
  return !defines('def') || defines('async +def');
}

function fileOf(directory: string, module: string): string | undefined {
  const path = module.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__init__.py`].find((name) => existsSync(join(directory, name)));
}

/** Names at the top level, by Python's own parser. Without a Python that can parse the module, lines of the text are matched. */
function topNames(path: string, text: string): string[] {
  const interpreter = findInterpreter();
  const result = interpreter && runPython(interpreter, ['-c', TOP_NAMES, path]);
  if (result?.succeeded) return JSON.parse(result.stdout);
  const defined = text.matchAll(/^[ \t]*(?:(?:async +)?def|class) +(\w+)/gm);
  const assigned = text.matchAll(/^[ \t]*(\w[\w, ]*?) *(?::[^=\n]+)?=(?!=)/gm);
  const imported = text.matchAll(/^[ \t]*(?:from +\S+ +)?import +(?:\(([^)]*)\)|([^#\n(]*))/gm);
  return [...defined, ...assigned, ...imported]
    .flatMap(([, names, others]) => (names ?? others ?? '').split(','))
    .map(
      (name) =>
        name
          .trim()
          .split(/\s+as\s+/)
          .at(-1) as string,
    )
    .filter((name) => /^(\w+|\*)$/.test(name));
}
