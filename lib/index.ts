export { DependencyStore, DependencyStoreProps } from './dependency-store/dependency-store';
export {
  DirectoryDependencyOptions,
  NpmDependencyOptions,
  PipDependencyOptions,
  StoredDependency,
} from './dependency-store/stored-dependency';
export { BatchOptions } from './event-source/batch-options';
export { BucketEvent, BucketSourceOptions } from './event-source/bucket-source';
export { EventSource } from './event-source/event-source';
export { QueueSourceOptions } from './event-source/queue-source';
export { StreamSourceOptions } from './event-source/stream-source';
export { BundleOptions } from './function/bundle-options';
export {
  ContainerImage,
  ContainerImageBindOptions,
  ContainerImageConfig,
  ImageBuildOptions,
  ImageOptions,
} from './function/container-image';
export { FunctionAlias, FunctionAliasProps, TrafficAliasOptions } from './function/function-alias';
export { FunctionDefaults } from './function/function-defaults';
export { IFunctionGroup } from './function/function-group-ref';
export { FunctionOptions } from './function/function-options';
export { FunctionSettings } from './function/function-settings';
export { UrlOptions } from './function/function-url';
export { ManagedFunction, ManagedFunctionProps } from './function/managed-function';
export { PythonSourceOptions } from './function/python-code';
export { CodeSourceOptions, Source } from './function/source';
export { SourceBindOptions, SourceConfig } from './function/source-config';
export { ShiftOptions, TrafficShift, TrafficShiftBindOptions, TrafficShiftConfig } from './function/traffic-shift';
export { FunctionGroup, FunctionGroupProps, GroupFunctionOptions } from './group/function-group';
export { ScheduledFunction, ScheduledFunctionProps } from './group/scheduled-function';
export { IScheduledFunctionGroup } from './group/scheduled-function-group-ref';
export { AdapterInvoker, AdapterInvokerProps } from './invoker/adapter-invoker';
export { IAdapterModule } from './invoker/adapter-module-ref';
export { AdapterCallerOptions } from './invoker/caller-options';
export { AdapterGatewayOptions } from './invoker/gateway-options';
export { InvocationType } from './invoker/invocation-type';
export { InvokerTarget, InvokerTargetBindOptions, InvokerTargetConfig, NamedTargetOptions } from './invoker/invoker-target';
export { AdapterModuleOptions } from './invoker/module-options';
export { Layer, LayerProps } from './layer/layer';
export { LayerContent, LayerFolderOptions } from './layer/layer-content';
export { LayerOptions } from './layer/layer-options';
export { PipLayer, PipLayerProps } from './layer/pip-layer';
export { BundleFormat } from './packaging/bundle-format';
export { PackageFile, PackageFolder } from './packaging/package-options';
export { PythonBundling, PythonDockerOptions } from './packaging/python/python-bundling';
export { IFailureRecorder } from './runs/failure-recorder-ref';
export { Overlap, OverlapBindOptions, OverlapConfig } from './runs/overlap';
export { IRunTable, RunTable, RunTableProps } from './runs/run-table';
export { Interval } from './schedule/interval';
export { ScheduleEngine } from './schedule/schedule-engine';
export { ScheduleOptions } from './schedule/schedule-options';
export { Ticker, TickerProps } from './ticker/ticker';
export { ITicker, TickerSchedule } from './ticker/ticker-ref';
