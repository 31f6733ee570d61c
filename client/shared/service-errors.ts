import { FunctionClientError, type FunctionClientErrorDetails, InvalidParameterError } from '../../lambda/shared/errors';
import {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  FunctionNotFoundError,
  NotReadyError,
  PayloadTooLargeError,
  ResourceLimitError,
  ResourceNotFoundError,
  ServiceError,
  ThrottledError,
} from './errors';

type ErrorClass = new (message: string, details: FunctionClientErrorDetails) => FunctionClientError;

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

const NOT_FOUND = 'Check the name, the region and the account; list shows what exists.';
const DENIED = 'Allow the caller the action that the message names, on this resource.';
const SIGN_IN = 'Sign in to AWS (aws sso login, or AWS_PROFILE), or pass credentials.';
const SLOWER = 'The function did not run. Try again later, or request a higher quota.';
const CONFLICT = 'The resource already exists, or is being changed. Read its current state, and try again.';
const PARAMETER = 'Correct the value that the message names.';
const SMALLER = 'Put large data into S3, and send its key.';
const LIMIT = 'Delete what you no longer use (LayerClient.prune, versions.delete), or request a higher quota.';
const NOT_READY = 'Wait for the function (waitUntilActive), and read stateReason in its configuration.';
const KMS = 'Check that the KMS key is enabled, and that the role may use it.';
const NETWORK = "Check the function's subnets, security groups and file systems.";
const UNREACHABLE = 'Check the region, the endpoint and the network. If you use the local engine, check that it is running.';
const FAULT = 'Try again. If the error persists, contact AWS Support with the requestId.';

const rows = (errorClass: ErrorClass, remedy: string, ...names: string[]) =>
  names.map((name) => [name, { errorClass, remedy }] as const);

/** Errors of Lambda, CloudWatch Logs, IAM and STS, by the names that the SDK gives them. */
const BY_NAME = new Map([
  ...rows(
    ResourceNotFoundError,
    NOT_FOUND,
    'ResourceNotFoundException',
    'NoSuchEntityException',
    'NoSuchEntity',
    'NoPublishedVersionException',
  ),
  ...rows(AccessDeniedError, DENIED, 'AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'PublicPolicyException'),
  ...rows(
    CredentialsError,
    SIGN_IN,
    'CredentialsProviderError',
    'TokenProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'MissingAuthenticationTokenException',
  ),
  ...rows(
    ThrottledError,
    SLOWER,
    'TooManyRequestsException',
    'ThrottlingException',
    'Throttling',
    'RequestLimitExceeded',
    'EC2ThrottledException',
  ),
  ...rows(
    ConflictError,
    CONFLICT,
    'ResourceConflictException',
    'ResourceInUseException',
    'PreconditionFailedException',
    'ConcurrentModificationException',
    'ConcurrentModification',
    'OperationAbortedException',
    'EntityAlreadyExistsException',
    'EntityAlreadyExists',
    'EntityTemporarilyUnmodifiableException',
    'DeleteConflictException',
    'DeleteConflict',
    'ResourceAlreadyExistsException',
    'RecursiveInvocationException',
  ),
  ...rows(
    InvalidParameterError,
    PARAMETER,
    'InvalidParameterValueException',
    'InvalidParameterException',
    'InvalidRequestContentException',
    'InvalidRuntimeException',
    'InvalidZipFileException',
    'InvalidSecurityGroupIDException',
    'InvalidSubnetIDException',
    'InvalidCodeSignatureException',
    'CodeVerificationFailedException',
    'CodeSigningConfigNotFoundException',
    'UnsupportedMediaTypeException',
    'ValidationException',
    'ValidationError',
    'InvalidInputException',
    'MalformedPolicyDocumentException',
    'MalformedPolicyDocument',
    'ModeNotSupportedException',
    'RegionDisabledException',
  ),
  ...rows(
    PayloadTooLargeError,
    SMALLER,
    'RequestTooLargeException',
    'RequestEntityTooLargeException',
    'SerializedRequestEntityTooLargeException',
  ),
  ...rows(
    ResourceLimitError,
    LIMIT,
    'CodeStorageExceededException',
    'PolicyLengthExceededException',
    'AliasLimitExceededException',
    'ServiceQuotaExceededException',
    'LimitExceededException',
    'LimitExceeded',
    'PackedPolicyTooLargeException',
    'PackedPolicyTooLarge',
    'ENILimitReachedException',
    'SubnetIPAddressLimitReachedException',
  ),
  ...rows(
    NotReadyError,
    NOT_READY,
    'ResourceNotReadyException',
    'SnapStartNotReadyException',
    'SnapStartTimeoutException',
    'ENINotReadyException',
  ),
  ...rows(
    ServiceError,
    KMS,
    'KMSAccessDeniedException',
    'KMSDisabledException',
    'KMSInvalidStateException',
    'KMSNotFoundException',
  ),
  ...rows(
    ServiceError,
    NETWORK,
    'EC2AccessDeniedException',
    'EC2UnexpectedException',
    'EFSIOException',
    'EFSMountConnectivityException',
    'EFSMountFailureException',
    'EFSMountTimeoutException',
  ),
  ...rows(ServiceError, FAULT, 'ServiceException', 'ServiceFailureException', 'SnapStartException', 'InternalFailure'),
]);

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
  const known = BY_NAME.get(name ?? '');
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
    remedy: connectionCode || !$metadata?.requestId ? UNREACHABLE : FAULT,
  });
}
