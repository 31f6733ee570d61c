import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { findInterpreter, runPython } from './host';

/** Prints the names that a module defines at its top, whatever conditions they are under; `*` where another's come with it. */
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
 * A handler in Lambda's form for Python: module and attribute.
 *
 * @internal
 */
export interface PythonHandler {
  /** Such as `orders.app`. */
  readonly module: string;
  readonly attribute: string;
}

/**
 * Takes a handler such as `app.run` or `orders.app.run` apart.
 *
 * @throws ValidationError when it has another form
 *
 * @internal
 */
export function parseHandler(handler: string): PythonHandler {
  const [, module, attribute] = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.([A-Za-z_]\w*)$/.exec(handler) ?? [];
  if (module === undefined || attribute === undefined) {
    throw new ValidationError(`handler must be a module and a function of it, such as 'app.run', got: ${formatValue(handler)}`);
  }
  return { module, attribute };
}

/**
 * Checks that the module of a handler is there, and that it has the attribute.
 *
 * @throws ValidationError with what there is instead
 *
 * @internal
 */
export function requireHandler(directory: string, { module, attribute }: PythonHandler): void {
  const path = module.replaceAll('.', '/');
  const file = [`${path}.py`, `${path}/__init__.py`].find((name) => existsSync(join(directory, name)));
  if (file === undefined) {
    const shown = relative(process.cwd(), directory) || '.';
    throw new ValidationError(
      `handler must be in a module of the folder ${formatValue(shown)}, got: '${module}.${attribute}' without a ${path}.py`,
    );
  }
  const text = readFileSync(join(directory, file), 'utf8');
  // Most modules say it so plainly that no interpreter has to start, which takes as long as a cached synth.
  if (new RegExp(`^(?:async +)?def +${attribute}\\b|^${attribute} *[:=]`, 'm').test(text)) return;
  const names = topNames(join(directory, file), text);
  if (names.some((name) => name === attribute || name === '*' || name === '__getattr__')) return;
  const got = [...new Set(names.filter((name) => !name.startsWith('_')))].map(formatValue).join(', ') || 'nothing';
  throw new ValidationError(`${file} must have a function named ${formatValue(attribute)}, got: ${got}`);
}

/** By Python itself; where there is none, or one too old for the module, by what lines of the text look like. */
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
