/** Base class of the errors that this library throws. `name` tells them apart; `cause` holds the original error. */
export class KatamariError extends Error {
  public constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'KatamariError';
  }
}

/** Details of an error of a client. */
export interface FunctionClientErrorDetails {
  /** Error code of AWS, such as `ResourceNotFoundException`. */
  readonly code: string;
  /** How to fix the error. @default - the rule in the message says it */
  readonly remedy?: string;
  /** Id of the failed request, for AWS Support and CloudTrail. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * Base class of the errors that the clients throw: `FunctionClient`, `LayerClient` and `TemporaryRole`. Use `instanceof` with
 * its subclasses to tell them apart.
 */
export class FunctionClientError extends KatamariError {
  /** Error code of AWS, such as `ResourceNotFoundException`. For an error found before a request, the name of the error class. */
  public readonly code: string;
  /** How to fix the error; undefined if the rule in the message says it. */
  public readonly remedy?: string;
  /** Id of the failed request; undefined when no request was sent. */
  public readonly requestId?: string;

  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'FunctionClientError';
    this.code = details.code;
    this.remedy = details.remedy;
    this.requestId = details.requestId;
  }
}

/** A value breaks a rule. */
export class InvalidParameterError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'InvalidParameterError';
  }
}
