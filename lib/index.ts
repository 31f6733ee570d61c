export { BatchOptions } from './event/batch-options';
export { BucketEvent, BucketSourceOptions } from './event/bucket-source';
export { EventSource } from './event/event-source';
export { QueueSourceOptions } from './event/queue-source';
export { StreamSourceOptions } from './event/stream-source';
export { BundleOptions } from './function/bundled-code';
export { ContainerImage, ImageBuildOptions, ImageOptions } from './function/container-image';
export { FunctionAlias, FunctionAliasProps, TrafficAliasOptions } from './function/function-alias';
export { FunctionGroup, FunctionGroupProps, GroupFunctionOptions } from './function/function-group';
export { IFunctionGroup } from './function/function-group-ref';
export { FunctionDefaults, FunctionOptions } from './function/function-options';
export { UrlOptions } from './function/function-url';
export { ManagedFunction, ManagedFunctionProps } from './function/managed-function';
export { PackageFile, PackageFolder } from './function/package-options';
export { PythonSourceOptions } from './function/python-code';
export { ScheduleOptions } from './function/schedule-options';
export { ScheduledFunction, ScheduledFunctionProps } from './function/scheduled-function';
export { CodeSourceOptions, Source } from './function/source';
export { SourceBindOptions, SourceConfig } from './function/source-config';
export { ShiftOptions, TrafficShift } from './function/traffic-shift';
export { AdapterInvoker, AdapterInvokerProps } from './invoker/adapter-invoker';
export { IAdapterModule } from './invoker/adapter-module-ref';
export { AdapterCallerOptions } from './invoker/caller-options';
export { AdapterGatewayOptions } from './invoker/gateway-options';
export { InvocationType } from './invoker/invocation-type';
export { InvokerTarget, InvokerTargetBindOptions, InvokerTargetConfig, NamedTargetOptions } from './invoker/invoker-target';
export { AdapterModuleOptions } from './invoker/module-options';
export { DependencyStore, DependencyStoreProps } from './python/dependency-store';
export { Layer, LayerProps } from './python/layer';
export { LayerContent, LayerFolderOptions } from './python/layer-content';
export { LayerOptions } from './python/layer-options';
export { PipLayer, PipLayerProps } from './python/pip-layer';
export { PythonBundling, PythonDockerOptions } from './python/python-bundling';
export {
  DirectoryDependencyOptions,
  NpmDependencyOptions,
  PipDependencyOptions,
  StoredDependency,
} from './python/stored-dependency';
export { Overlap } from './runs/overlap';
export { RunTable, RunTableProps } from './runs/run-table';
export { Interval } from './schedule/interval';
export { ScheduleEngine } from './schedule/schedule-engine';
export { Ticker, TickerProps } from './schedule/ticker';
export { ITicker, TickerSchedule } from './schedule/ticker-ref';
