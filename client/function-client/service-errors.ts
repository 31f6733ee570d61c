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

/** What a call is about, for its errors. */
export interface Subject {
  /** What is done, as it follows `could not`, such as `read function 'x'`. */
  readonly doing: string;
  /** What a ResourceNotFoundException means here. @default ResourceNotFoundError */
  readonly notFound?: ErrorClass;
}

/** The subject of a call that is about the function itself. */
export const ofFunction = (verb: string, name: string): Subject => ({
  doing: `${verb} function '${name}'`,
  notFound: FunctionNotFoundError,
});

const NOT_FOUND = 'Check the name, the region and the account: list shows what is there.';
const DENIED = 'Have the action that the message names allowed for the caller, on this resource alone.';
const SIGN_IN = 'Sign in to AWS (aws sso login, or AWS_PROFILE), or give credentials.';
const SLOWER = 'Nothing has run: try again later, or have the quota raised.';
const CONFLICT = 'It exists already or is being changed: read what is there, and try again.';
const PARAMETER = 'Mend the value that the message names.';
const SMALLER = 'Put large data into S3 and send its key.';
const LIMIT = 'Delete what is not used any more (LayerClient.prune, versions.delete), or have the quota raised.';
const NOT_READY = 'Wait for the function (waitUntilActive), and read stateReason of its configuration.';
const KMS = 'See that the KMS key is enabled, and that the role may use it.';
const NETWORK = "See to the function's subnets, security groups and file systems: configuration names what it uses.";
const WAY = 'See that the region, the endpoint and the network are right, and that the local engine is up where it is used.';
const FAULT = 'Try again; if it stays, give requestId to the support of AWS.';

const rows = (make: ErrorClass, remedy: string, ...names: string[]) => names.map((name) => [name, { make, remedy }] as const);

/** The errors of Lambda, CloudWatch Logs, IAM and STS by the names that the SDK gives them. */
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

/** What keeps a request from arriving: codes of Node.js, and the SDK's name of a timeout. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'TimeoutError',
]);

/** Calls AWS. @throws FunctionClientError, a subclass of it for each kind of error */
export async function attempt<T>(subject: Subject, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toClientError(error, subject);
  }
}

/** Calls AWS. @returns undefined when what is asked for is not there */
export async function attemptIfThere<T>(subject: Subject, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt(subject, call);
  } catch (error) {
    if (error instanceof ResourceNotFoundError) return undefined;
    throw error;
  }
}

function toClientError(error: unknown, { doing, notFound }: Subject): FunctionClientError {
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
    const Make = known.make === ResourceNotFoundError ? (notFound ?? known.make) : known.make;
    return new Make(`could not ${doing}: ${reason}`, { ...details, code: name as string, remedy: known.remedy });
  }
  // An error without an answer of AWS: the network, or what the SDK found missing before a request.
  const unreachable = [name, code, cause?.code].find((candidate) => UNREACHABLE.has(candidate ?? ''));
  return new ServiceError(`could not ${doing}: ${reason}`, {
    ...details,
    code: unreachable ?? name ?? 'Error',
    remedy: unreachable || !$metadata?.requestId ? WAY : FAULT,
  });
}
