export type { ScheduleEvent } from '../../lib/schedule/constants';
export type { CurrentRun } from '../shared/current-run';
export type { RunRecord, RunState, RunTrigger } from '../shared/run';
export { toExecuteResponse } from './adapter/execute-response';
export { toExecutePayload } from './adapter/request-payload';
export type {
  AdapterBehavior,
  AdapterInvocationType,
  AdapterMapping,
  AdapterTarget,
  AssumeRoleOptions,
  BreakerOptions,
  ExecuteFailure,
  ExecuteMetadata,
  ExecuteOptions,
  ExecutePayload,
  ExecuteRequest,
  ExecuteResponse,
  LambdaAdapterOptions,
  MapRequest,
  ModuleHealth,
  ModuleInfo,
  ParseResponse,
  RemainingTime,
} from './adapter/types';
export { currentRun } from './current-run';
export { type EmitOptions, type EventToEmit, emit, emitAll } from './emit';
export { EmitError, InvalidEventError, KatamariError, type RefusedEvent } from './errors';
export { FunctionClient, invoke, invokeAsync } from './function-client';
export type { AliasChanges, AliasSpec, FunctionAlias, FunctionAliases } from './function-client/aliases';
export {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  FunctionClientError,
  type FunctionClientErrorDetails,
  FunctionFailedError,
  type FunctionFailure,
  FunctionNotFoundError,
  IntegrityError,
  InvalidParameterError,
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
export { LambdaAdapter } from './lambda-adapter';
export { LayerClient } from './layer-client';
export { type LoadDependenciesOptions, loadDependencies } from './load-dependencies';
export { DependencyError } from './load-dependencies/errors';
export { type ListRunsOptions, RunsClient } from './runs-client';
export type { SdkClient } from './sdk-client';
export { TemporaryRole, type TemporaryRoleOptions, type TemporaryRoleSpec } from './temporary-role';
