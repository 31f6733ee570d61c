import { FunctionClientError } from '../../lambda/shared/errors';
import { CHECK_ENDPOINT, CONTACT_SUPPORT, type ErrorClass, kindOf } from './error-kinds';
import { FunctionNotFoundError, ResourceNotFoundError, ServiceError } from './errors';

/** A request to AWS, for the messages of its errors. */
interface AwsAction {
  /** Description that follows `could not` in a message, such as `read function 'x'`. */
  readonly description: string;
  /** Class of the error for a ResourceNotFoundException. @default ResourceNotFoundError */
  readonly notFoundError?: ErrorClass;
}

/** An action on a function: when AWS finds no resource, the function itself does not exist. */
export const functionAction = (verb: string, name: string): AwsAction => ({
  description: `${verb} function '${name}'`,
  notFoundError: FunctionNotFoundError,
});

/** Codes of requests that did not reach AWS: the codes of Node.js, and the SDK's name of a timeout. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'TimeoutError',
]);

/** Calls AWS. @throws a subclass of FunctionClientError for each kind of error */
export async function callAws<T>(action: AwsAction, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toClientError(error, action);
  }
}

/** Calls AWS. @returns undefined when the resource does not exist */
export async function callAwsIfFound<T>(action: AwsAction, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await callAws(action, call);
  } catch (error) {
    if (error instanceof ResourceNotFoundError) return undefined;
    throw error;
  }
}

function toClientError(error: unknown, { description, notFoundError }: AwsAction): FunctionClientError {
  if (error instanceof FunctionClientError) return error;
  const { name, message, code, cause, $metadata } = Object(error) as {
    name?: string;
    message?: string;
    code?: string;
    cause?: { code?: string };
    $metadata?: { requestId?: string };
  };
  const known = kindOf(name ?? '');
  const reason = message || code || name || String(error);
  const details = { requestId: $metadata?.requestId, cause: error };
  if (known) {
    const ErrorClass = known.errorClass === ResourceNotFoundError ? (notFoundError ?? known.errorClass) : known.errorClass;
    return new ErrorClass(`could not ${description}: ${reason}`, { ...details, code: name as string, remedy: known.remedy });
  }
  // No response of AWS: the network failed, or the SDK refused to send the request.
  const connectionCode = [name, code, cause?.code].find((candidate) => CONNECTION_CODES.has(candidate ?? ''));
  return new ServiceError(`could not ${description}: ${reason}`, {
    ...details,
    code: connectionCode ?? name ?? 'Error',
    remedy: connectionCode || !$metadata?.requestId ? CHECK_ENDPOINT : CONTACT_SUPPORT,
  });
}
