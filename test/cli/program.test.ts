import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import picocolors from 'picocolors';
import { parseAge, parseTime } from '../../cli/parse-option';
import { createProgram } from '../../cli/program';

/** Returns a command and all of its subcommands. */
const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];

/** All commands that have an action. */
const COMMANDS = createProgram({
  output: { line: () => undefined, colors: picocolors.createColors(false), width: 100 },
  input: new PassThrough(),
  directory: __dirname,
  signal: new AbortController().signal,
  fail: () => undefined,
}).commands.flatMap((command) =>
  command.commands.length > 0
    ? command.commands.map((each) => ({ name: `${command.name()} ${each.name()}` }))
    : [{ name: command.name() }],
);

/** Parses the arguments of a command, which must be invalid, and returns the error message. */
async function parseError(...args: string[]): Promise<string> {
  const written: string[] = [];
  const program = createProgram({
    output: { line: (text) => written.push(text), colors: picocolors.createColors(false), width: 100 },
    input: new PassThrough(),
    directory: __dirname,
    signal: new AbortController().signal,
    fail: () => undefined,
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({ writeErr: (text) => written.push(text), writeOut: (text) => written.push(text) });
  }
  await expect(program.parseAsync(['node', 'katamari', ...args])).rejects.toThrow();
  return written.join('');
}

test.each([
  [['local', '--port', '0'], "port must be a whole number between 1 and 65535, got: '0'"],
  [['local', '--port', '65536'], "port must be a whole number between 1 and 65535, got: '65536'"],
  [['local', '--port', '80x'], "got: '80x'"],
  [['runs', '--limit', '0'], "limit must be a whole number between 1 and 10000, got: '0'"],
  [['runs', '--limit', '10001'], "got: '10001'"],
  [['runs', '--limit', '-1'], "got: '-1'"],
  [['runs', '--state', 'done'], "state must be one of Pending, Running, Completed, Failed, Skipped, got: 'done'"],
  [['runs', '--aws', '--local'], "'--local' cannot be used with option '--aws'"],
  [['emit'], "missing required argument 'name'"],
  [['invoke'], "missing required argument 'function'"],
  [['runs', 'a', 'b'], 'too many arguments'],
  [['wait', 'a', '--timeout', '0'], "timeout in seconds must be a whole number between 1 and 3600, got: '0'"],
  [['wait', 'a', '--timeout', '3601'], "got: '3601'"],
  [['wait', 'a', '--interval', '0.09'], "interval in seconds must be a number between 0.1 and 300, got: '0.09'"],
  [['wait', 'a', '--interval', '301'], "got: '301'"],
  [['wait', 'a', '--interval', '1e1'], "got: '1e1'"],
  [['wait', 'a', '--attempts', '0'], "number of attempts must be a whole number between 1 and 10000, got: '0'"],
  [['wait', 'a', '--attempts', '10001'], "got: '10001'"],
  [['wait', 'a', '--state', 'Sleeping'], 'Allowed choices are Pending, Active, Inactive, Failed'],
  [['wait', 'a', '--state', 'Active', '--updated'], "'--state <state>' cannot be used with option '--updated'"],
  [['layers', 'prune', '--keep', '-1'], "number of versions to keep must be a whole number between 0 and 1000, got: '-1'"],
  [['layers', 'prune', '--keep', '1001'], "got: '1001'"],
  [['invoke', 'a', '--async', '--logs'], "'--async' cannot be used with option '--logs'"],
  [['invoke', 'a', '--dry-run', '--async'], 'cannot be used with option'],
  [['info'], "missing required argument 'function'"],
  [['delete'], "missing required argument 'function'"],
  [['shell'], "missing required argument 'function'"],
  [['frobnicate'], "unknown command 'frobnicate'"],
])('rejects %j', async (args, message) => {
  expect(await parseError(...args)).toContain(message);
});

test.each([['10x'], ['0m'], ['-5m'], ['1.5h'], [''], ['m']])('rejects --since %j', (age) => {
  expect(() => parseAge(age)).toThrow(`age must be a whole number followed by s, m, h or d, such as 10m, got: '${age}'`);
});

test('a time is parsed in ISO 8601', () => {
  expect(parseTime('2026-03-01T10:00:00.000Z')).toEqual(new Date('2026-03-01T10:00:00Z'));
  for (const text of ['', '10m', '5', 'March 1, 2026', '2026-13-01']) {
    expect(() => parseTime(text)).toThrow(`time must be in ISO 8601, such as 2026-03-01T10:00:00Z, got: '${text}'`);
  }
});

test.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('--since %s is %d milliseconds', (age, milliseconds) => {
  expect(parseAge(age)).toBe(milliseconds);
});

test('help shows every command with an example', async () => {
  const help = await parseError('--help');
  for (const { name } of COMMANDS) expect(help).toMatch(new RegExp(`^  npx cdk-katamari ${name.split(' ')[0]}\\b`, 'm'));
});

test.each(COMMANDS.map(({ name }) => [name]))('the help of %s has an example', async (name) => {
  expect(await parseError(...name.split(' '), '--help')).toMatch(new RegExp(`\nExample:\n  .*katamari ${name}\\b`));
});
