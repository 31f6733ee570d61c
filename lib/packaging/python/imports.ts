import { posix } from 'node:path';

/**
 * Modules that Python code imports: paths such as `package/tests/helper`, also of names that may be modules, as in
 * `from package import tests`. The statements are read as Python reads them: over several lines, in parentheses, after a semicolon;
 * not in texts and comments. The parser of Python is not used: its version would decide what it can read.
 *
 * @param folder folder of the code, which relative imports start from
 *
 * @internal
 */
export function importedModules(code: string, folder: string): string[] {
  const dynamic = [...code.matchAll(/\b(?:import_module|__import__)\(\s*['"]([\w.]+)['"]\s*[,)]/g)];
  return [
    ...statementsOf(code).flatMap((statement) => importsOf(statement, folder)),
    ...dynamic.map(([, name = '']) => moduleAt(name, folder)),
  ];
}

function importsOf(text: string, folder: string): string[] {
  if (!/^(import|from)\b/.test(text)) return [];
  const statement = text.replace(/\s*\.\s*/g, '.');
  const [, plain] = /^import\s+(.+)$/.exec(statement) ?? [];
  if (plain !== undefined) return namesIn(plain).map((name) => moduleAt(name, folder));
  const [, from, names] = /^from\s*([.\s]*[\w.]*)\s*\bimport\b\s*\(?(.*?)\)?$/.exec(statement) ?? [];
  if (from === undefined || names === undefined) return [];
  const base = moduleAt(from.replace(/\s/g, ''), folder);
  return [base, ...namesIn(names).map((name) => posix.join(base, name))];
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim().split(/\s+/)[0] as string)
    .filter(Boolean);
}

/** @param name such as `package.tests`, or `..tests` relative to the folder */
function moduleAt(name: string, folder: string): string {
  const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(name) ?? [];
  const path = rest.replaceAll('.', '/');
  return dots === '' ? path : posix.join(folder, '../'.repeat(dots.length - 1), path);
}

/** A text, a comment, a line that continues, or one other character. */
const TOKEN =
  /(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])?("""(?:\\.|.)*?(?:"""|$)|'''(?:\\.|.)*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|#[^\n]*|\\\r?\n|./gs;

/** Statements without texts and comments, each in one line. The statements after a colon are statements of their own. */
function statementsOf(code: string): string[] {
  const statements: string[] = [];
  let current = '';
  let depth = 0;
  for (const [token, text] of code.matchAll(TOKEN)) {
    if (text !== undefined) current += "''";
    else if (token.startsWith('#')) continue;
    else if (token.length > 1) current += ' ';
    else if (depth === 0 && /[\n;:]/.test(token)) {
      statements.push(current.trim());
      current = '';
    } else {
      if (/[([{]/.test(token)) depth++;
      if (/[)\]}]/.test(token)) depth = Math.max(0, depth - 1);
      current += /\s/.test(token) ? ' ' : token;
    }
  }
  return [...statements, current.trim()].filter(Boolean);
}
