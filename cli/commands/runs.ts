import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type RunState, RunsClient } from '../../client';
import { sdkSettings } from '../../engine/client-settings';
import { CommandError, reasonOf } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { type DeployedFunction, findGroupFunctions, labelsOf, quoteList } from '../shared/deployed-functions';
import { colorState, describeError, describeTrigger, formatDuration, formatTable, formatTime } from '../shared/format';
import { note, type Output, writeJson } from '../shared/output';
import { type RunOfFunction, toRunJson } from '../shared/run-json';
import { chooseRuns } from '../shared/run-order';

interface RunsOptions extends CommonOptions {
  /** @default - every function in a group */
  readonly name?: string;
  /** Most runs to show. */
  readonly limit: number;
  /** @default - every state */
  readonly state?: RunState;
  /** Shows runs that started before this time. @default - the newest runs */
  readonly before?: Date;
}

/**
 * Shows runs, newest first.
 *
 * @throws CommandError when no run of these functions is tracked
 */
export async function showRuns({ target, output }: CommandContext, options: RunsOptions): Promise<void> {
  const { name, group, limit, state, json } = options;
  const functions = await findGroupFunctions(target, { name, group });
  const tracked = functions.filter((fn) => fn.runTable !== undefined);
  if (tracked.length === 0) {
    throw new CommandError(
      `no runs are tracked for ${quoteList(functions.map((fn) => fn.name))}`,
      'Runs are tracked for functions of a group with a bundled source, such as Source.typescript, unless trackRuns is false.',
    );
  }
  const client = new DynamoDBClient(sdkSettings(target.settings));
  const found = await readable(labelsOf(tracked), (fn, label) => runsOf(fn, label, client, options));
  const runs = chooseRuns(found, limit);
  if (found.length > runs.length) noteMore(runs);
  if (json) writeJson(output, runs.map(toRunJson));
  else if (runs.length > 0) writeRuns(runs, output);
  else
    output.line(`no ${state ? `${state} runs` : 'runs'} found for ${quoteList(tracked.map((fn) => fn.name))} on ${target.label}`);
}

/**
 * The runs of the functions that can be read. Those that can't are told, and do not hide the others.
 *
 * @throws the first error when none can be read
 */
async function readable(
  labels: ReadonlyMap<DeployedFunction, string>,
  read: (fn: DeployedFunction, label: string) => Promise<RunOfFunction[]>,
): Promise<RunOfFunction[]> {
  const errors: unknown[] = [];
  const readOne = async ([fn, label]: readonly [DeployedFunction, string]) => {
    try {
      return await read(fn, label);
    } catch (error) {
      if (errors.push(error) === labels.size) throw errors[0];
      note(`cannot read the runs of ${label}: ${reasonOf(error)}`);
      return [];
    }
  };
  return (await Promise.all([...labels].map(readOne))).flat();
}

/** One run more than are shown tells whether there are more. */
async function runsOf(
  { name, group, runTable }: DeployedFunction,
  label: string,
  client: DynamoDBClient,
  { limit, state, before }: RunsOptions,
): Promise<RunOfFunction[]> {
  const runs = new RunsClient(runTable as string, client);
  try {
    const records = await runs.list(name, { limit: limit + 1, state, before });
    return records.map((run) => ({ ...run, group, label }));
  } catch (error) {
    throw explain(error, label, runTable);
  }
}

/** Says that the answer is not complete, and how to look on. Standard output may be for a program. */
function noteMore(runs: readonly RunOfFunction[]): void {
  const oldest = runs.at(-1)?.startedAt;
  const lookOn = oldest === undefined ? '' : `, or the ones before them with --before ${oldest}`;
  note(`there are more runs than the ${runs.length} shown; show more with --limit${lookOn}`);
}

/** DynamoDB names neither the table nor the function. Errors of the connection are explained as for every command. */
function explain(error: unknown, label: string, runTable: string | undefined): unknown {
  if ((error as Error).name !== 'ResourceNotFoundException') return error;
  return new CommandError(
    `the run table '${runTable}' of function '${label}' does not exist`,
    'Run the command again when the deploy in progress has ended.',
    { cause: error },
  );
}

function writeRuns(runs: readonly RunOfFunction[], output: Output): void {
  const { colors, width } = output;
  const columns = [
    { title: 'FUNCTION', text: (run: RunOfFunction) => run.label ?? run.function, paint: (text: string) => colors.bold(text) },
    {
      title: 'STATE',
      text: (run: RunOfFunction) => run.state,
      paint: (text: string, run: RunOfFunction) => colorState(run.state, text, colors),
    },
    { title: 'STARTED', text: (run: RunOfFunction) => formatTime(run.startedAt) },
    { title: 'TOOK', text: (run: RunOfFunction) => (run.durationMs === undefined ? '' : formatDuration(run.durationMs)) },
    { title: 'ATTEMPT', text: (run: RunOfFunction) => (run.attempt > 0 ? String(run.attempt) : '') },
    { title: 'TRIGGER', text: (run: RunOfFunction) => describeTrigger(run), paint: (text: string) => colors.dim(text) },
    { title: 'ERROR', text: (run: RunOfFunction) => describeError(run) ?? '', paint: (text: string) => colors.red(text) },
  ];
  for (const line of formatTable(runs, columns, width, colors)) output.line(line);
}
