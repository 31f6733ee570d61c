export {
  FunctionClientError,
  type FunctionClientErrorDetails,
  InvalidParameterError,
  KatamariError,
} from '../lambda/shared/errors';
export type { RunRecord, RunTrigger } from '../lambda/shared/run';
export type { SdkClient } from '../lambda/shared/sdk-client';
export type { RunState } from '../lib/runs/constants';
export { FunctionClient, invoke, invokeAsync } from './function-client';
export type { AliasChanges, AliasSpec, FunctionAlias, FunctionAliases } from './function-client/aliases';
export type { EventSource, EventSourceMapping, FunctionEventSources } from './function-client/event-sources';
export type { ExecutionReport } from './function-client/execution-report';
export { FunctionFailedError, type FunctionFailure } from './function-client/function-failed-error';
export type {
  DryRunResult,
  InvokeAsyncResult,
  InvokeOptions,
  InvokeRawResult,
  InvokeWithLogsResult,
} from './function-client/invocation-types';
export type { FunctionLogs, LogEvent, RecentLogsOptions } from './function-client/logs';
export type { FunctionPermissions, Permission, Policy, PolicyStatement } from './function-client/permissions';
export { RunNotStartedError } from './function-client/run-not-started-error';
export type {
  AccountSettings,
  DeleteFunctionOptions,
  DeleteFunctionResult,
  DeployResult,
  FunctionChanges,
  FunctionInfo,
  FunctionSettings,
  FunctionSpec,
} from './function-client/types';
export type {
  FunctionUrl,
  FunctionUrlChanges,
  FunctionUrlCors,
  FunctionUrlInfo,
  FunctionUrlOptions,
} from './function-client/url';
export type { FunctionVersions, PublishVersionOptions } from './function-client/versions';
export { LayerClient } from './layer-client';
export type {
  LayerContent,
  LayerInfo,
  LayerVersion,
  LayerVersionInfo,
  LayerVersionSpec,
  PruneLayersOptions,
  PruneLayersResult,
} from './layer-client/types';
export { type ListRunsOptions, RunsClient } from './runs-client';
export {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  FunctionNotFoundError,
  IntegrityError,
  NotReadyError,
  PayloadTooLargeError,
  ResourceLimitError,
  ResourceNotFoundError,
  ServiceError,
  ThrottledError,
} from './shared/errors';
export type { WaitOptions } from './shared/poll';
export type {
  Architecture,
  AwsCredentials,
  FolderCode,
  FunctionClientOptions,
  FunctionCode,
  FunctionConfiguration,
  ImageCode,
  S3Code,
  TracingMode,
  ZipFileCode,
} from './shared/types';
export { TemporaryRole, type TemporaryRoleOptions, type TemporaryRoleSpec } from './temporary-role';
export type { RolePermission } from './temporary-role/role-policy';
