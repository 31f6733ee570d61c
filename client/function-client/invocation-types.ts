import type { ExecutionReport } from './execution-report';

/** How an invocation ended, whether the function failed or not. */
export interface InvokeRawResult {
  /** HTTP status: 200. */
  readonly status: number;
  /** What the function returned, or its error. */
  readonly payload: unknown;
  /** `Handled` or `Unhandled` where the function failed. */
  readonly functionError?: string;
  /** The version that ran: `$LATEST` or a number. */
  readonly executedVersion: string;
  readonly requestId: string;
  /** The answer as the SDK gives it, its metadata included. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** How an invocation ended, with its log. */
export interface InvokeWithLogsResult<T> {
  readonly payload: T;
  /** The last 4 KB of the invocation's log. */
  readonly logs: string;
  /** What it took, where the end of the log says so. */
  readonly report?: ExecutionReport;
  readonly executedVersion: string;
  readonly requestId: string;
}

/** An event that Lambda has taken. */
export interface InvokeAsyncResult {
  /** Id of the invocation: of its log, and of its run. */
  readonly requestId: string;
}

/** Whether the caller may invoke the function. */
export interface DryRunResult {
  readonly allowed: boolean;
  /** Why not. */
  readonly reason?: string;
}
