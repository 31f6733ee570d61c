import { FunctionClientError, type FunctionClientErrorDetails } from '../../lambda/shared/errors';
import type { ExecutionReport } from './execution-report';

/** What was asked for is not there: an alias, a version, a layer, a role. */
export class ResourceNotFoundError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    // Written out, here and below: the class names of a minified bundle say nothing.
    this.name = 'ResourceNotFoundError';
  }
}

/** The function itself is not there. */
export class FunctionNotFoundError extends ResourceNotFoundError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'FunctionNotFoundError';
  }
}

/** The caller may not do that. */
export class AccessDeniedError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'AccessDeniedError';
  }
}

/** AWS knows no credentials of the caller, or they have expired. */
export class CredentialsError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'CredentialsError';
  }
}

/** Too many requests, or no execution is free. A function that was to be invoked has not run. */
export class ThrottledError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ThrottledError';
  }
}

/** It exists already, is in use, or is being changed by someone else. */
export class ConflictError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ConflictError';
  }
}

/** An event, a response or a package is larger than Lambda takes. */
export class PayloadTooLargeError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'PayloadTooLargeError';
  }
}

/** A quota of the account or of the function is used up. */
export class ResourceLimitError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ResourceLimitError';
  }
}

/** It did not get ready in time, or ended in a failed state. */
export class NotReadyError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'NotReadyError';
  }
}

/** What was downloaded is not what its checksum says. */
export class IntegrityError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'IntegrityError';
  }
}

/** A fault of AWS, or of the way there. */
export class ServiceError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ServiceError';
  }
}

/** What is known of a function that failed. */
export interface FunctionFailure {
  /** Type of the error, such as `ValueError` or `Sandbox.Timedout`. */
  readonly errorType: string;
  readonly errorMessage: string;
  /** Empty where the runtime gave none. */
  readonly stackTrace: readonly string[];
  /** `Handled` by the runtime, or `Unhandled`: the process ended. */
  readonly functionError: string;
  readonly requestId?: string;
  /** What the function returned instead of a result. */
  readonly payload: unknown;
  /** The end of its log, where `invokeWithLogs` was called. */
  readonly logs?: string;
  /** What it took, where `invokeWithLogs` was called and its log says so. */
  readonly report?: ExecutionReport;
}

/** The function ran, and failed. */
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
      remedy: "Look at stackTrace and at the function's log: invokeWithLogs has its end, logs.recent() more of it.",
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
