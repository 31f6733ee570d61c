export type { ScheduleEvent } from '../../lib/schedule/constants';
export type { CurrentRun } from '../shared/current-run';
export { InvalidParameterError, KatamariError } from '../shared/errors';
export type { SdkClient } from '../shared/sdk-client';
export { toExecuteResponse } from './adapter/execute-response';
export { toExecutePayload } from './adapter/request-payload';
export type {
  AdapterBehavior,
  AdapterInvocationType,
  AdapterMapping,
  AdapterTarget,
  AssumeRoleOptions,
  CircuitBreakerOptions,
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
export { DependencyError } from './dependency-store/errors';
export { type EmitOptions, type EventToEmit, emit, emitAll } from './emit';
export { EmitError, InvalidEventError, type RefusedEvent } from './emit/errors';
export { LambdaAdapter } from './lambda-adapter';
export { type LoadDependenciesOptions, loadDependencies } from './load-dependencies';
