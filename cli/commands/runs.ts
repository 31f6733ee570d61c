import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type RunRecord, type RunState, RunsClient } from '../../client';
import { CommandError } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { type DeployedFunction, findFunctions } from '../shared/discovery';
import { colorState, describeError, describeTrigger, formatDuration, formatTable, formatTime } from '../shared/format';

export const RUN_STATES: readonly RunState[] = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'];
/** How far back a state is looked for, in runs of one function. */
const SEARCHED = 1_000;

export interface RunsOptions extends CommonOptions {
  /** Most runs to show. */
  readonly limit: number;
  readonly state?: RunState;
}

/** One run, in the form that `--json` promises. */
export interface RunJson {
  readonly function: string;
  readonly runId: string;
  readonly state: RunState;
  readonly trigger: string;
  readonly scheduledTime: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly attempt: number;
  /** `Type: message` */
  readonly error: string | null;
}

/** Shows runs, the newest first. */
export async function showRuns(context: CommandContext, name: string | undefined, options: RunsOptions): Promise<void> {
  const { output, target } = context;
  const functions = await findFunctions(target, { name, group: options.group });
  const tracked = functions.filter((candidate) => candidate.runTable !== undefined);
  if (tracked.length === 0) {
    throw new CommandError(
      `the runs of ${functions.map((candidate) => `'${candidate.name}'`).join(', ')} are not tracked`,
      'A function of a group is tracked where its source is bundled (Source.typescript, Source.javascript) and trackRuns is not false.',
    );
  }
  const client = new DynamoDBClient(target.settings);
  const found = await Promise.all(tracked.map((one) => runsOf(one, client, options)));
  const runs = chooseRuns(found.flat(), options.limit);
  if (options.json) {
    output.line(JSON.stringify(runs.map(toRunJson), undefined, 2));
    return;
  }
  if (runs.length === 0) {
    const names = tracked.map((candidate) => candidate.name).join(', ');
    output.line(`no run ${options.state ? `is ${options.state}` : 'yet'} of ${names}, on ${target.label}`);
    return;
  }
  for (const line of runTable(runs, context)) output.line(line);
}

function runsOf(fn: DeployedFunction, client: DynamoDBClient, { limit, state }: RunsOptions): Promise<RunRecord[]> {
  const runs = new RunsClient(fn.runTable as string, client).list(fn.name, { limit: state ? Math.max(limit, SEARCHED) : limit });
  return runs.then((records) => records.filter((record) => state === undefined || record.state === state));
}

/** By start; runs that have not started come first, by the time that they are due. */
export function newestFirst(runs: readonly RunRecord[]): RunRecord[] {
  const time = (run: RunRecord) => run.startedAt ?? run.scheduledTime ?? '';
  const rank = (run: RunRecord) => (run.state === 'Pending' ? 1 : 0);
  return [...runs].sort((a, b) => rank(b) - rank(a) || time(b).localeCompare(time(a)) || a.function.localeCompare(b.function));
}

/**
 * As many runs as the limit, the newest first. Of those that are enqueued the next ones, and no more than half unless there
 * is room: a few functions of short intervals would leave none of those that have run.
 */
export function chooseRuns(runs: readonly RunRecord[], limit: number): RunRecord[] {
  const pending = newestFirst(runs.filter(({ state }) => state === 'Pending')).reverse();
  const started = newestFirst(runs.filter(({ state }) => state !== 'Pending'));
  const enqueued = Math.max(Math.floor(limit / 2), limit - started.length);
  const chosen = pending.slice(0, enqueued);
  return newestFirst([...chosen, ...started.slice(0, limit - chosen.length)]);
}

export function toRunJson(run: RunRecord): RunJson {
  return {
    function: run.function,
    runId: run.runId,
    state: run.state,
    trigger: run.trigger,
    scheduledTime: run.scheduledTime ?? null,
    startedAt: run.startedAt ?? null,
    endedAt: run.endedAt ?? null,
    durationMs: run.durationMs ?? null,
    attempt: run.attempt,
    error: describeError(run),
  };
}

function runTable(runs: readonly RunRecord[], { output }: CommandContext): string[] {
  const { colors, width } = output;
  return formatTable(
    runs,
    [
      { title: 'FUNCTION', text: (run) => run.function, paint: (text) => colors.bold(text) },
      { title: 'STATE', text: (run) => run.state, paint: (text, run) => colorState(run.state, text, colors) },
      { title: 'STARTED', text: (run) => formatTime(run.startedAt) },
      { title: 'TOOK', text: (run) => (run.durationMs === undefined ? '' : formatDuration(run.durationMs)) },
      { title: 'ATTEMPT', text: (run) => (run.attempt > 0 ? String(run.attempt) : '') },
      { title: 'TRIGGER', text: (run) => describeTrigger(run), paint: (text) => colors.dim(text) },
      { title: 'ERROR', text: (run) => describeError(run) ?? '', paint: (text) => colors.red(text) },
    ],
    width,
    colors,
  );
}
