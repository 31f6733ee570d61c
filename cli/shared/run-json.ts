import type { RunRecord, RunState } from '../../client';
import { describeError } from './format';

/** One run, in the format that `--json` documents. */
export interface RunJson {
  readonly function: string;
  /** Path of the group. */
  readonly group: string | null;
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
  /** Left out if the caller of the run sends none. */
  readonly correlationId?: string;
}

/** A run with the function that it is a run of: several groups may have a function of one name. */
export interface RunOfFunction extends RunRecord {
  readonly group?: string;
  /** Name that tells the function from the others. */
  readonly label?: string;
}

export function toRunJson(run: RunOfFunction): RunJson {
  return {
    function: run.function,
    group: run.group ?? null,
    runId: run.runId,
    state: run.state,
    trigger: run.trigger,
    scheduledTime: run.scheduledTime ?? null,
    startedAt: run.startedAt ?? null,
    endedAt: run.endedAt ?? null,
    durationMs: run.durationMs ?? null,
    attempt: run.attempt,
    error: describeError(run),
    correlationId: run.correlationId,
  };
}
