import { FunctionClientError, type FunctionClientErrorDetails } from '../../lambda/shared/errors';

/** The requested resource, such as an alias, a version, a layer or a role, does not exist. */
export class ResourceNotFoundError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    // Set explicitly, here and below: minification changes class names.
    this.name = 'ResourceNotFoundError';
  }
}

/** The function does not exist. */
export class FunctionNotFoundError extends ResourceNotFoundError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'FunctionNotFoundError';
  }
}

/** The caller is not allowed to perform the action. */
export class AccessDeniedError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'AccessDeniedError';
  }
}

/** The caller has no valid AWS credentials, or they have expired. */
export class CredentialsError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'CredentialsError';
  }
}

/** Too many requests, or no concurrency is left. The function did not run. */
export class ThrottledError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ThrottledError';
  }
}

/** The resource already exists, is in use, or is being changed by another caller. */
export class ConflictError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ConflictError';
  }
}

/** An event, a response or a deployment package is larger than Lambda allows. */
export class PayloadTooLargeError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'PayloadTooLargeError';
  }
}

/** A quota of the account or of the function is exhausted. */
export class ResourceLimitError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ResourceLimitError';
  }
}

/** The resource did not become ready in time, or its state is failed. */
export class NotReadyError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'NotReadyError';
  }
}

/** Downloaded content does not match its checksum. */
export class IntegrityError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'IntegrityError';
  }
}

/** A fault of AWS or of the network. */
export class ServiceError extends FunctionClientError {
  public constructor(message: string, details: FunctionClientErrorDetails) {
    super(message, details);
    this.name = 'ServiceError';
  }
}
