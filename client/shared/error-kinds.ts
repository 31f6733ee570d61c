import { type FunctionClientError, type FunctionClientErrorDetails, InvalidParameterError } from '../../lambda/shared/errors';
import {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  NotReadyError,
  PayloadTooLargeError,
  ResourceLimitError,
  ResourceNotFoundError,
  ServiceError,
  ThrottledError,
} from './errors';

export type ErrorClass = new (message: string, details: FunctionClientErrorDetails) => FunctionClientError;

/** A kind of error: its class, and how to fix it. */
export interface ErrorKind {
  readonly errorClass: ErrorClass;
  readonly remedy: string;
}

export const CHECK_NAME = 'Check the name, the region and the account; list shows what exists.';
export const USE_S3 = 'Put large data into S3, and send its key.';
export const CHECK_ENDPOINT =
  'Check the region, the endpoint and the network. If you use the local engine, check that it is running.';
export const CONTACT_SUPPORT = 'Try again. If the error persists, contact AWS Support with the requestId.';

const SUFFIX = /Exception$/;

/** Kinds of errors of Lambda, CloudWatch Logs, IAM and STS, with their error codes. IAM and STS leave out the suffix `Exception`. */
const KINDS: readonly (ErrorKind & { readonly codes: string })[] = [
  {
    errorClass: ResourceNotFoundError,
    remedy: CHECK_NAME,
    codes: 'ResourceNotFound NoSuchEntity NoPublishedVersion',
  },
  {
    errorClass: AccessDeniedError,
    remedy: 'Allow the caller the action that the message names, on this resource.',
    codes: 'AccessDenied UnauthorizedOperation PublicPolicy',
  },
  {
    errorClass: CredentialsError,
    remedy: 'Sign in to AWS (aws sso login, or AWS_PROFILE), or pass credentials.',
    codes:
      'CredentialsProviderError TokenProviderError ExpiredToken UnrecognizedClient InvalidClientTokenId ' +
      'InvalidSignature SignatureDoesNotMatch IncompleteSignature MissingAuthenticationToken',
  },
  {
    errorClass: ThrottledError,
    remedy: 'The function did not run. Try again later, or request a higher quota.',
    codes: 'TooManyRequests Throttling RequestLimitExceeded EC2Throttled',
  },
  {
    errorClass: ConflictError,
    remedy: 'The resource already exists, or is being changed. Read its current state, and try again.',
    codes:
      'ResourceConflict ResourceInUse PreconditionFailed ConcurrentModification OperationAborted EntityAlreadyExists ' +
      'EntityTemporarilyUnmodifiable DeleteConflict ResourceAlreadyExists RecursiveInvocation',
  },
  {
    errorClass: InvalidParameterError,
    remedy: 'Correct the value that the message names.',
    codes:
      'InvalidParameterValue InvalidParameter InvalidRequestContent InvalidRuntime InvalidZipFile ' +
      'InvalidSecurityGroupID InvalidSubnetID InvalidCodeSignature CodeVerificationFailed CodeSigningConfigNotFound ' +
      'UnsupportedMediaType Validation ValidationError InvalidInput MalformedPolicyDocument ModeNotSupported ' +
      'RegionDisabled',
  },
  {
    errorClass: PayloadTooLargeError,
    remedy: USE_S3,
    codes: 'RequestTooLarge RequestEntityTooLarge SerializedRequestEntityTooLarge',
  },
  {
    errorClass: ResourceLimitError,
    remedy: 'Delete what you no longer use (LayerClient.prune, versions.delete), or request a higher quota.',
    codes:
      'CodeStorageExceeded PolicyLengthExceeded AliasLimitExceeded ServiceQuotaExceeded LimitExceeded ' +
      'PackedPolicyTooLarge ENILimitReached SubnetIPAddressLimitReached',
  },
  {
    errorClass: NotReadyError,
    remedy: 'Wait for the function (waitUntilActive), and read stateReason in its configuration.',
    codes: 'ResourceNotReady SnapStartNotReady SnapStartTimeout ENINotReady',
  },
  {
    errorClass: ServiceError,
    remedy: 'Check that the KMS key is enabled, and that the role may use it.',
    codes: 'KMSAccessDenied KMSDisabled KMSInvalidState KMSNotFound',
  },
  {
    errorClass: ServiceError,
    remedy: "Check the function's subnets, security groups and file systems.",
    codes: 'EC2AccessDenied EC2Unexpected EFSIO EFSMountConnectivity EFSMountFailure EFSMountTimeout',
  },
  {
    errorClass: ServiceError,
    remedy: CONTACT_SUPPORT,
    codes: 'Service ServiceFailure SnapStart InternalFailure',
  },
];

const BY_CODE: ReadonlyMap<string, ErrorKind> = new Map(
  KINDS.flatMap(({ codes, ...kind }) => codes.split(' ').map((code) => [code, kind] as const)),
);

/** The kind of an error code, which is the name that the SDK gives to the error. */
export function kindOf(code: string): ErrorKind | undefined {
  return BY_CODE.get(code.replace(SUFFIX, ''));
}
