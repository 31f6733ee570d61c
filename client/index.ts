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
export {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  FunctionFailedError,
  type FunctionFailure,
  FunctionNotFoundError,
  IntegrityError,
  NotReadyError,
  PayloadTooLargeError,
  ResourceLimitError,
  ResourceNotFoundError,
  ServiceError,
  ThrottledError,
} from './function-client/errors';
export type { EventSource, EventSourceMapping, FunctionEventSources } from './function-client/event-sources';
export type { ExecutionReport } from './function-client/execution-report';
export type { DryRunResult, InvokeAsyncResult, InvokeRawResult, InvokeWithLogsResult } from './function-client/invocation-types';
export type {
  LayerContent,
  LayerInfo,
  LayerVersion,
  LayerVersionInfo,
  LayerVersionSpec,
  PruneLayersOptions,
  PruneLayersResult,
} from './function-client/layer-types';
export type { FunctionLogs, LogEvent, RecentLogsOptions } from './function-client/logs';
export type { FunctionPermissions, Permission, Policy, PolicyStatement } from './function-client/permissions';
export type { RolePermission } from './function-client/role-policy';
export type {
  AccountSettings,
  Architecture,
  AwsCredentials,
  DeleteFunctionOptions,
  DeleteFunctionResult,
  DeployResult,
  FolderCode,
  FunctionChanges,
  FunctionClientOptions,
  FunctionCode,
  FunctionConfiguration,
  FunctionInfo,
  FunctionSettings,
  FunctionSpec,
  ImageCode,
  S3Code,
  TracingMode,
  WaitOptions,
  ZipFileCode,
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
export { type ListRunsOptions, RunsClient } from './runs-client';
export { TemporaryRole, type TemporaryRoleOptions, type TemporaryRoleSpec } from './temporary-role';
