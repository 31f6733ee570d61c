import type { ExecutionReport } from './execution-report';

/** Options of an invocation. */
export interface InvokeOptions {
  /**
   * Starts no run while a run with the same key is in progress, or after one has completed; a failed run is attempted again. At
   * most 255 characters. Requires a function whose runs are tracked, which the client reads from its configuration.
   *
   * @default - none: each invocation starts a run
   */
  readonly idempotencyKey?: string;
}

/** Result of an invocation, whether the function succeeded or failed. */
export interface InvokeRawResult {
  /** HTTP status code: 200. */
  readonly status: number;
  /** Value that the function returned, or its error. */
  readonly payload: unknown;
  /** `Handled` or `Unhandled` when the function failed. */
  readonly functionError?: string;
  /** The version that ran: `$LATEST` or a version number. */
  readonly executedVersion: string;
  readonly requestId: string;
  /** Response of the SDK, including its metadata. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** Result of an invocation with its log. */
export interface InvokeWithLogsResult<T> {
  readonly payload: T;
  /** Last 4 KB of the log of the invocation. */
  readonly logs: string;
  /** Duration and memory; undefined when the last 4 KB of the log don't include the report. */
  readonly report?: ExecutionReport;
  readonly executedVersion: string;
  readonly requestId: string;
}

/** Result of an asynchronous invocation: Lambda has queued the event. */
export interface InvokeAsyncResult {
  /** Request id of the invocation, which its log and its run have too. */
  readonly requestId: string;
}

/** Result of a dry run. */
export interface DryRunResult {
  /** Whether the caller may invoke the function. */
  readonly allowed: boolean;
  /** Reason when it is not allowed. */
  readonly reason?: string;
}
