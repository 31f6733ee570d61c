import { RUN_STATES, type RunState } from '../../lib/runs/constants';

/** The run that an invocation did not start. */
export interface NotRun {
  readonly runId: string;
  /** `Skipped` by the overlap of the function, otherwise the state of the run that has the same idempotency key. */
  readonly state: RunState;
}

/** The payload that the run tracker returns when it does not call the handler. */
export function notRunPayload(run: NotRun, isDuplicate: boolean): unknown {
  return { katamari: isDuplicate ? { ...run, duplicate: true } : run };
}

/** Reads the payload of the run tracker; undefined for any other payload. */
export function notRunOf(payload: unknown): NotRun | undefined {
  const { katamari, ...others } = Object(payload) as { katamari?: unknown };
  const { runId, state } = Object(katamari) as Record<string, unknown>;
  if (Object.keys(others).length > 0 || typeof runId !== 'string' || !isState(state)) return undefined;
  return { runId, state };
}

/** Why an invocation did not start a run, as the second half of a message. */
export function whyNotRun({ runId, state }: NotRun): string {
  return state === 'Skipped' ? 'Overlap.skip limits its concurrent runs' : `run '${runId}' is ${state}`;
}

function isState(state: unknown): state is RunState {
  return RUN_STATES.includes(state as RunState);
}
