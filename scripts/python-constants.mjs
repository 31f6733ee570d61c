// Writes the constants of the Python runtime from lib/*/constants.ts: the names in python-constants.json, and no others. With `--check`, it changes
// nothing and fails if a file differs from what it would write.
import './node-version.mjs';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const PACKAGE = 'lambda/python/katamari_runtime';
const LINE_LENGTH = 130;

/** Names of each file, in groups. */
const FILES = JSON.parse(readFileSync('scripts/python-constants.json', 'utf8'));

const HEADER = '"""Generated from lib/*/constants.ts by `npm run constants`: do not edit."""';

const constants = await readConstants();
const stale = [];
for (const [file, groups] of Object.entries(FILES)) {
  const path = join(PACKAGE, file);
  const text = toPython(groups);
  if (readFileSync(path, 'utf8') === text) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`${stale.join(' and ')} must be what lib/*/constants.ts says; run 'npm run constants'`);
  process.exit(1);
}

/** All constants of lib/, each with the files that export it. */
async function readConstants() {
  const found = new Map();
  for (const path of readdirSync('lib').map((folder) => `lib/${folder}/constants.ts`)) {
    if (!existsSync(path)) continue;
    const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: 'esm', platform: 'node' });
    const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
    for (const [name, value] of Object.entries(module)) found.set(name, [...(found.get(name) ?? []), { path, value }]);
  }
  return found;
}

function toPython(groups) {
  const blocks = groups.map((names) => names.map((name) => definition(name, constantOf(name))));
  const functions = blocks.flat().filter((text) => text.startsWith('def '));
  const values = blocks.map((texts) => texts.filter((text) => !text.startsWith('def ')).join('\n')).filter(Boolean);
  const imports = values.some((text) => text.includes('re.compile')) ? ['import re'] : [];
  return `${[[HEADER, ...imports, ...values].join('\n\n'), ...functions].join('\n\n\n')}\n`;
}

function constantOf(name) {
  const [first, ...others] = constants.get(name) ?? [];
  if (!first) throw new Error(`constant ${name} not found in lib/*/constants.ts`);
  if (others.some(({ value }) => definition(name, value) !== definition(name, first.value))) {
    const paths = [first, ...others].map(({ path }) => path);
    throw new Error(`constant ${name} must have one value, got different ones in: ${paths.join(', ')}`);
  }
  return first.value;
}

function definition(name, value) {
  if (typeof value === 'function') return functionOf(name, value);
  const line = `${name} = ${literal(value)}`;
  if (line.length <= LINE_LENGTH || !Array.isArray(value)) return line;
  return `${name} = (\n${value.map((item) => `    ${literal(item)},\n`).join('')})`;
}

/** A function of strings that returns a string: called with a placeholder for each parameter. */
function functionOf(name, value) {
  const parameters = /^(?:function \w+)?\s*\(?([\w, ]*)\)?/.exec(value.toString())[1].split(', ');
  const text = value(...parameters.map((parameter) => `{${snake(parameter)}}`));
  const typed = parameters.map((parameter) => `${snake(parameter)}: str`).join(', ');
  return `def ${snake(name)}(${typed}) -> str:\n    return f${literal(text)}`;
}

function literal(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US').replaceAll(',', '_') : `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `(${value.map(literal).join(', ')}${value.length === 1 ? ',' : ''})`;
  // Python matches whole strings by fullmatch.
  if (value instanceof RegExp) return `re.compile(r"${value.source.replace(/^\^/, '').replace(/\$$/, '')}")`;
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${literal(key)}: ${literal(item)}`)
      .join(', ')}}`;
  }
  throw new Error(`a constant must be a number, a string, a regular expression, or a list or an object of these, got: ${value}`);
}

function snake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
