import { FunctionClientError } from '../../lambda/shared/errors';
import type { ExecutionReport } from './execution-report';

/** Details of a failed function invocation. */
export interface FunctionFailure {
  /** Type of the error, such as `ValueError` or `Sandbox.Timedout`. */
  readonly errorType: string;
  readonly errorMessage: string;
  /** Empty when the runtime reported none. */
  readonly stackTrace: readonly string[];
  /** `Handled` when the runtime caught the error, `Unhandled` when the process ended. */
  readonly functionError: string;
  readonly requestId?: string;
  /** Payload that the function returned instead of a result. */
  readonly payload: unknown;
  /** Last 4 KB of the log; set by `invokeWithLogs` only. */
  readonly logs?: string;
  /** Duration and memory; set by `invokeWithLogs` only, when the last 4 KB of the log include the report. */
  readonly report?: ExecutionReport;
}

/** The function ran and failed. */
export class FunctionFailedError extends FunctionClientError implements FunctionFailure {
  public readonly errorType: string;
  public readonly errorMessage: string;
  public readonly stackTrace: readonly string[];
  public readonly functionError: string;
  public readonly payload: unknown;
  public readonly logs?: string;
  public readonly report?: ExecutionReport;

  public constructor(message: string, failure: FunctionFailure) {
    super(message, {
      code: failure.functionError,
      remedy: "Read stackTrace and the function's log: invokeWithLogs returns its end, logs.recent() more of it.",
      requestId: failure.requestId,
    });
    this.name = 'FunctionFailedError';
    this.errorType = failure.errorType;
    this.errorMessage = failure.errorMessage;
    this.stackTrace = failure.stackTrace;
    this.functionError = failure.functionError;
    this.payload = failure.payload;
    this.logs = failure.logs;
    this.report = failure.report;
  }
}
