import { FunctionClientError } from '../../lambda/shared/errors';
import { type NotRun, whyNotRun } from '../../lambda/shared/not-run';
import type { RunState } from '../../lib/runs/constants';

/** The function did not run: its overlap skipped the invocation, or a run has the same idempotency key. */
export class RunNotStartedError extends FunctionClientError implements NotRun {
  public readonly runId: string;
  /** `Skipped`, or the state of the run with the same idempotency key. */
  public readonly state: RunState;

  public constructor(functionName: string, run: NotRun, requestId?: string) {
    super(`function '${functionName}' did not run: ${whyNotRun(run)}`, {
      code: 'RunNotStartedError',
      remedy:
        run.state === 'Skipped'
          ? 'Try again when an earlier run has ended, or use Overlap.allow() or Overlap.queue().'
          : 'Use another idempotencyKey to start another run.',
      requestId,
    });
    this.name = 'RunNotStartedError';
    this.runId = run.runId;
    this.state = run.state;
  }
}
