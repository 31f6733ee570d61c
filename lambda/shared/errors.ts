/** An error of this library's runtime; `name` says which, `cause` holds what led to it. */
export class KatamariError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KatamariError';
  }
}

/** What is known of an error of AWS. */
export interface FunctionClientErrorDetails {
  /** AWS's name of the error, such as `ResourceNotFoundException`. */
  readonly code: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Id of the request that failed, for AWS's support and for CloudTrail. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/** An error of `FunctionClient` and what belongs to it. `instanceof` its subclasses says which; `remedy` what to do. */
export class FunctionClientError extends KatamariError {
  /** AWS's name of the error, such as `ResourceNotFoundException`; of one that was found before a call the name of this class. */
  public readonly code: string;
  /** What to do about it. */
  public readonly remedy: string;
  /** Id of the request that failed; undefined where none was sent. */
  public readonly requestId?: string;

  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'FunctionClientError';
    this.code = details.code;
    this.remedy = details.remedy;
    this.requestId = details.requestId;
  }
}

/** A value that breaks a rule. */
export class InvalidParameterError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'InvalidParameterError';
  }
}
