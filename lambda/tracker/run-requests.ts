import type { RunRecord } from '../shared/run';
import { expiryAfter } from '../shared/table/expiry';
import { allOf, anyOf, assignments, type Expression, ITEM_ABSENT } from '../shared/table/expression';
import { runKey } from '../shared/table/keys';
import type { PutRequest, UpdateRequest } from '../shared/table/table-client';
import { inState, transitionTo } from '../shared/table/transitions';
import { leaseUntil, type RunEnd, type RunStart } from './attempt';
import type { TrackerSettings } from './settings';

/**
 * Time after which an attempt that is still Running counts as killed when the same invocation comes again, counted from the
 * start of the attempt. Lambda retries an invocation after a minute or more, and only once the previous attempt has ended.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const RETRY_AFTER_MS = 45_000;
/**
 * Time after which another invocation may follow a failed attempt, counted from the start of the attempt. An earlier invocation
 * is a duplicate delivery of the same message. A later one was redriven from the dead-letter queue.
 */
export const REDRIVE_AFTER_MS = 900_000;

/** Builds the requests for the record of a run. Each is conditional on a transition of its state: see `TRANSITIONS`. */
export class RunRequests {
  public constructor(private readonly settings: TrackerSettings) {}

  /** Starts the next attempt, whatever its number is. */
  public start(start: RunStart): UpdateRequest {
    const fields = assignments(this.startFields(start));
    return {
      key: this.key(start.runId),
      update: {
        ...fields,
        text: `SET ${fields.text}, #state = :running, attempt = if_not_exists(attempt, :zero) + :one REMOVE endedAt, durationMs, errorType, errorMessage`,
        names: { ...fields.names, '#state': 'state' },
        values: { ...fields.values, ':running': 'Running', ':zero': 0, ':one': 1 },
      },
      condition: this.mayStart(start),
      returns: 'UPDATED_NEW',
      returnExisting: true,
    };
  }

  /**
   * Starts an attempt with a known number.
   *
   * @param before the record of the attempt before; undefined for a new run
   */
  public startAs(start: RunStart, before: RunRecord | undefined): PutRequest {
    const fields = { ...this.startFields(start), state: 'Running' as const, attempt: (before?.attempt ?? 0) + 1 };
    return this.put(fields, before ? allOf(unchanged(before), this.mayStart(start)) : ITEM_ABSENT);
  }

  /** Ends an attempt. */
  public end(start: RunStart, attempt: number, end: RunEnd): UpdateRequest {
    const fields = assignments(endFields(start, end));
    const conditions: Expression[] = [
      transitionTo(end.state),
      { text: '#attempt = :attempt', names: { '#attempt': 'attempt' }, values: { ':attempt': attempt } },
      sameRequest(start),
    ];
    // From then on readers count the run as Failed, and Failed never becomes Completed.
    if (end.state === 'Completed') conditions.push({ text: 'leaseUntil >= :now', values: { ':now': end.now } });
    return {
      key: this.key(start.runId),
      update: { ...fields, text: `SET ${fields.text}` },
      condition: allOf(...conditions),
    };
  }

  /**
   * Records a whole attempt at its end, in one write.
   *
   * @param before the record that this one replaces
   */
  public whole(start: RunStart, end: RunEnd, attempt: number, before: RunRecord | undefined): PutRequest {
    const fields = { ...this.startFields(start), ...endFields(start, end), attempt };
    return this.put(fields, before ? unchanged(before) : ITEM_ABSENT);
  }

  /** Records a run that must not start. */
  public skip(start: RunStart, running: number): PutRequest {
    return this.put(
      {
        ...this.startFields(start),
        state: 'Skipped',
        attempt: 0,
        errorType: 'Overlap',
        errorMessage: `${running} of at most ${this.settings.overlapLimit} runs were running`,
      },
      transitionTo('Skipped'),
    );
  }

  /** Holds where this invocation may make the next attempt of the run. */
  private mayStart(start: RunStart): Expression {
    // A caller that repeats the key of a failed run asks for its next attempt.
    const redrive = start.now - (this.settings.local || start.trigger === 'invoke' ? 0 : REDRIVE_AFTER_MS);
    const mayFollow = anyOf(sameRequest(start), startedBy(':redrive', redrive));
    // The dispatcher records attempt 0 for a run that it could not start: the run has never been attempted.
    const neverAttempted: Expression = { text: 'attempt = :zero', values: { ':zero': 0 } };
    const leaseExpired: Expression = { text: 'leaseUntil < :now', values: { ':now': start.now } };
    const killed = anyOf(
      allOf(leaseExpired, mayFollow),
      allOf(sameRequest(start), startedBy(':dead', start.now - RETRY_AFTER_MS)),
    );
    return transitionTo('Running', {
      Failed: anyOf(allOf(inState('Failed'), anyOf(neverAttempted, mayFollow)), allOf(inState('Running'), killed)),
    });
  }

  private put(fields: Partial<RunRecord> & { readonly runId: string }, condition: Expression): PutRequest {
    return { item: { ...this.key(fields.runId), ...fields }, condition, returnExisting: true };
  }

  private key(runId: string) {
    return runKey(this.settings.functionName, runId);
  }

  private startFields(start: RunStart) {
    return {
      function: this.settings.functionName,
      runId: start.runId,
      trigger: start.trigger,
      eventName: start.eventName,
      scheduledTime: start.scheduledTime,
      startedAt: new Date(start.now).toISOString(),
      requestId: start.requestId,
      correlationId: start.correlationId,
      logStream: start.logStream,
      leaseUntil: leaseUntil(start),
      ...expiryAfter(this.settings.retentionDays, start.now),
    };
  }
}

function endFields(start: RunStart, end: RunEnd) {
  return {
    state: end.state,
    endedAt: new Date(end.now).toISOString(),
    durationMs: end.now - start.now,
    errorType: end.errorType,
    errorMessage: end.errorMessage,
  };
}

function sameRequest(start: RunStart): Expression {
  return { text: '#requestId = :requestId', names: { '#requestId': 'requestId' }, values: { ':requestId': start.requestId } };
}

function startedBy(placeholder: string, ms: number): Expression {
  return { text: `startedAt <= ${placeholder}`, values: { [placeholder]: new Date(ms).toISOString() } };
}

/** Holds where a record is still as it was read. */
function unchanged({ state, attempt }: RunRecord): Expression {
  return {
    text: '#state = :before AND attempt = :attempt',
    names: { '#state': 'state' },
    values: { ':before': state, ':attempt': attempt },
  };
}
