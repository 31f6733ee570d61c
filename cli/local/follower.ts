import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type RunRecord, RunsClient } from '../../client';
import { type ClientSettings, sdkSettings } from '../../engine/client-settings';
import { reasonOf } from '../../engine/errors';
import { type DeployedFunction, labelsOf } from '../shared/deployed-functions';
import { colorState, describeError, describeTrigger, formatDuration, formatTime } from '../shared/format';
import { formatLogLine } from '../shared/log-line';
import { LogReader } from '../shared/log-reader';
import type { Output } from '../shared/output';

/** Pause between two reads of all functions, in milliseconds. */
const PAUSE_MS = 1_000;
/** Newest runs of a function to read each time. */
const RUNS_LIMIT = 200;
const LATENESS_MS = 2_000;
/** Age at which a line is shown, in milliseconds. By then the lines that belong before it have arrived. */
const SETTLED_MS = 600;
/** Failed reads in a row before a warning. */
const TOLERATED_FAILURES = 5;

/** Shows the log lines and runs of functions as they arrive. */
export class Follower {
  private readonly logs: CloudWatchLogsClient;
  private readonly dynamo: DynamoDBClient;
  private readonly changes = new RunChanges();
  private sources: readonly FunctionSources[] = [];
  private timer?: NodeJS.Timeout;
  private reading?: Promise<void>;
  private stopped = false;
  private held: HeldLine[] = [];

  public constructor(
    settings: ClientSettings,
    private readonly output: Output,
  ) {
    this.logs = new CloudWatchLogsClient(sdkSettings(settings));
    this.dynamo = new DynamoDBClient(sdkSettings(settings));
  }

  /** Follows these functions from now on, instead of the previous ones. */
  public follow(functions: readonly DeployedFunction[]): void {
    const since = Date.now();
    const labels = labelsOf(functions);
    const before = new Map(this.sources.map((source) => [source.fn.configuration.functionName, source]));
    this.sources = functions.map((fn) => {
      const { functionName, logGroup } = fn.configuration;
      const known = before.get(functionName);
      const label = labels.get(fn) ?? fn.name;
      const isSame = known?.fn.configuration.logGroup === logGroup && known.fn.runTable === fn.runTable && known.label === label;
      if (known && isSame) return known;
      const runs = fn.runTable === undefined ? undefined : new RunsClient(fn.runTable, this.dynamo);
      const logs = new LogReader(this.logs, { name: fn.name, group: fn.group, label, logGroup }, since, LATENESS_MS);
      return { fn, label, since: new Date(since), logs, runs, failures: 0 };
    });
    if (!this.timer && !this.reading) this.next(0);
  }

  /** Stops following, once the read in progress has ended. */
  public async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.reading;
    this.logs.destroy();
    this.dynamo.destroy();
  }

  private next(delay: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.reading = this.show(this.sources).finally(() => {
        this.reading = undefined;
        this.next(PAUSE_MS);
      });
    }, delay);
  }

  private async show(sources: readonly FunctionSources[]): Promise<void> {
    const width = Math.max(...sources.map(({ label }) => label.length));
    const lines = this.held;
    const until = Date.now() - SETTLED_MS;
    for (const source of sources) {
      // A log or a run table that can't be read must not hide the others.
      const outcomes = [
        await outcomeOf(() => this.readLog(source, width, lines)),
        await outcomeOf(() => this.readRuns(source, width, lines)),
      ];
      this.count(
        source,
        outcomes.find((error) => error !== undefined),
      );
    }
    lines.sort((a, b) => a.time - b.time);
    this.held = lines.filter(({ time }) => time > until && !this.stopped);
    for (const line of lines) if (!this.held.includes(line)) this.output.line(line.text);
  }

  private async readLog({ logs }: FunctionSources, width: number, lines: HeldLine[]): Promise<void> {
    for (const line of await logs.read()) {
      // The lines about runs repeat the states that the tracker logs, and also cover runs that were killed.
      if (line.origin === 'platform' || line.ofState) continue;
      lines.push({ time: line.timestamp, text: formatLogLine(line, width, this.output.colors) });
    }
  }

  private async readRuns({ fn, label, runs, since }: FunctionSources, width: number, lines: HeldLine[]): Promise<void> {
    const records = runs ? await listRuns(runs, fn.name, since) : [];
    for (const run of this.changes.among(fn.configuration.functionName, records)) {
      const time = Date.parse(run.endedAt ?? run.startedAt ?? '') || Date.now();
      // Log lines of a run arrive after its end, and belong above it.
      lines.push({ time: run.endedAt ? time + SETTLED_MS / 2 : time, text: this.describe(run, label, time, width) });
    }
  }

  /** Warns once about a function whose reads keep failing. A read may fail for a moment while its resources are replaced. */
  private count(source: FunctionSources, error: unknown): void {
    // A function that was removed meanwhile is not read again.
    const isCurrent = this.sources.includes(source) && !this.stopped;
    source.failures = error === undefined ? 0 : source.failures + 1;
    if (source.failures !== TOLERATED_FAILURES || !isCurrent) return;
    this.output.line(this.output.colors.yellow(`cannot read logs and runs of ${source.label}: ${reasonOf(error)}`));
  }

  private describe(run: RunRecord, label: string, time: number, width: number): string {
    const { colors } = this.output;
    const head = `${colors.dim(formatTime(time))} ${colors.bold(label.padEnd(width))}`;
    const took = run.durationMs === undefined || run.state === 'Skipped' ? '' : ` in ${formatDuration(run.durationMs)}`;
    const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
    const error = run.state === 'Failed' ? colors.red(` ${describeError(run) ?? ''}`) : '';
    const state = colorState(run.state, `${SYMBOLS[run.state]} ${run.state}${took}`, colors);
    return `${head} ${state} ${colors.dim(`(${describeTrigger(run)}${attempt})`)}${error}`;
  }
}

async function listRuns(runs: RunsClient, name: string, since: Date): Promise<RunRecord[]> {
  try {
    return await runs.list(name, { limit: RUNS_LIMIT, since });
  } catch (error) {
    // A deploy in progress has deleted the run table. The functions are read again when it has ended.
    if ((error as Error).name === 'ResourceNotFoundException') return [];
    throw error;
  }
}

/** What an action throws; undefined when it succeeds. */
async function outcomeOf(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}

interface HeldLine {
  readonly time: number;
  readonly text: string;
}

interface FunctionSources {
  readonly fn: DeployedFunction;
  readonly label: string;
  readonly since: Date;
  readonly logs: LogReader;
  readonly runs?: RunsClient;
  /** Failed reads in a row. */
  failures: number;
}

const SYMBOLS = { Pending: '·', Running: '▶', Completed: '✔', Failed: '✖', Skipped: '↷' } as const;

/** Finds the runs whose state changed since they were last seen. */
export class RunChanges {
  private readonly seen = new Map<string, Map<string, string>>();

  /** The new and changed runs of a function, oldest first, without pending ones. */
  public among(functionName: string, records: readonly RunRecord[]): RunRecord[] {
    const before = this.seen.get(functionName) ?? new Map<string, string>();
    const now = new Map<string, string>();
    const changed: RunRecord[] = [];
    for (const run of records) {
      if (run.state === 'Pending') continue;
      const state = `${run.state} ${run.attempt}`;
      now.set(run.runId, state);
      if (before.get(run.runId) !== state) changed.push(run);
    }
    this.seen.set(functionName, now);
    return changed.reverse();
  }
}
