import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runProcess } from '../../../engine/run-process';
import { START_TIMEOUT_MS } from '../../support/ministack';

const ROOT = join(__dirname, '..', '..', '..');
/** Timeout of all tests of a suite, high enough for a busy machine. */
const RUN_TIMEOUT_MS = 300_000;

/** A line in the report of pytest-reportlog, for the setup, the call or the teardown of a test. */
interface TestReport {
  readonly $report_type: string;
  /** File, line, and name with class and parameters. */
  readonly location: readonly [string, number, string];
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly longrepr: unknown;
}

/**
 * Runs pytest for some modules, and reports each of their test functions as a jest test.
 *
 * @param modules paths of test modules, relative to this folder
 * @param environment environment variables for pytest, called in `beforeAll`
 */
export function pytestSuite(
  modules: readonly string[],
  environment: () => Readonly<Record<string, string | undefined>> = () => ({}),
): void {
  const paths = modules.map((module) => relative(ROOT, join(__dirname, module)).replaceAll('\\', '/'));
  let reports: readonly TestReport[] = [];
  let output = '';

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'katamari-pytest-'));
    try {
      const log = join(folder, 'report.jsonl');
      const args = ['scripts/python-tools.mjs', 'pytest', '--tb=short', `--report-log=${log}`, ...paths];
      const { stdout, stderr } = await runProcess(process.execPath, args, {
        cwd: ROOT,
        env: { ...process.env, ...environment() },
        signal: AbortSignal.timeout(RUN_TIMEOUT_MS),
      });
      output = `${stdout}${stderr}`;
      if (!existsSync(log)) throw new Error(`pytest wrote no report:\n${output}`);
      reports = readReports(log);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, START_TIMEOUT_MS + RUN_TIMEOUT_MS);

  describe.each(paths)('%s', (path) => {
    const names = namesOf(path);

    test.each(names)('%s', (name) => {
      const found = reports.filter(({ location }) => location[0] === path && functionOf(location[2]) === name);
      if (found.length === 0) throw new Error(`pytest did not run this test:\n${output}`);
      const problems = found.filter(({ outcome }) => outcome !== 'passed');
      if (problems.length > 0) {
        throw new Error(
          problems.map(({ location, outcome, longrepr }) => `${location[2]} ${outcome}\n${textOf(longrepr)}`).join('\n'),
        );
      }
    });

    test('has no other tests', () => {
      const run = reports.filter(({ location }) => location[0] === path).map(({ location }) => functionOf(location[2]));
      expect([...new Set(run)].sort()).toEqual([...names].sort());
    });
  });
}

/** Reads the test functions of a module, each with its class, because jest must know them before pytest runs. */
function namesOf(path: string): string[] {
  const source = readFileSync(join(ROOT, path), 'utf8');
  let group = '';
  return [...source.matchAll(/^(?:class (Test\w+)|( {4})?def (test_\w+))/gm)].flatMap(([, named, indented, name]) => {
    if (named) group = `${named}.`;
    return name ? [`${indented ? group : ''}${name}`] : [];
  });
}

/** Removes the parameters from `TestClass.test_name[parameters]`. */
function functionOf(name: string): string {
  return name.replace(/\[.*/s, '');
}

function readReports(path: string): TestReport[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as TestReport).filter(({ $report_type }) => $report_type === 'TestReport');
}

/** Returns the traceback of a failure from the report of pytest. */
function textOf(longrepr: unknown): string {
  const { reprcrash, reprtraceback } = Object(longrepr) as {
    readonly reprcrash?: { readonly path: string; readonly lineno: number; readonly message: string };
    readonly reprtraceback?: { readonly reprentries: readonly { readonly data: { readonly lines: readonly string[] } }[] };
  };
  if (!reprcrash || !reprtraceback) return JSON.stringify(longrepr);
  const lines = reprtraceback.reprentries.flatMap(({ data }) => data.lines);
  return [`${reprcrash.path}:${reprcrash.lineno}: ${reprcrash.message}`, ...lines].join('\n');
}
