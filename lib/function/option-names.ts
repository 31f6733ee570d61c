import type { OptionNames } from '../private/unknown-options';
import type { FunctionDefaults } from './function-defaults';
import type { FunctionOptions } from './function-options';
import type { FunctionSettings } from './function-settings';

/** @internal */
export const FUNCTION_SETTINGS: OptionNames<FunctionSettings> = {
  allowAllIpv6Outbound: true,
  allowAllOutbound: true,
  allowPublicSubnet: true,
  applicationLogLevelV2: true,
  architecture: true,
  codeSigningConfig: true,
  environmentEncryption: true,
  ephemeralStorageSize: true,
  initialPolicy: true,
  insightsVersion: true,
  ipv6AllowedForDualStack: true,
  loggingFormat: true,
  logGroup: true,
  logRemovalPolicy: true,
  logRetention: true,
  memorySize: true,
  role: true,
  runtimeManagementMode: true,
  securityGroups: true,
  systemLogLevelV2: true,
  timeout: true,
  tracing: true,
  vpc: true,
  vpcSubnets: true,
};

/** @internal */
export const FUNCTION_DEFAULTS: OptionNames<FunctionDefaults> = {
  ...FUNCTION_SETTINGS,
  environment: true,
  layers: true,
  maxEventAge: true,
  onFailure: true,
  onSuccess: true,
  paramsAndSecrets: true,
  retryAttempts: true,
  runtime: true,
  trackRuns: true,
};

/** @internal */
export const FUNCTION_OPTIONS: OptionNames<FunctionOptions> = {
  ...FUNCTION_DEFAULTS,
  adotInstrumentation: true,
  currentVersionOptions: true,
  deadLetterQueue: true,
  deadLetterTopic: true,
  debugShell: true,
  description: true,
  durableConfig: true,
  events: true,
  filesystem: true,
  functionName: true,
  name: true,
  on: true,
  overlap: true,
  profiling: true,
  profilingGroup: true,
  recursiveLoop: true,
  reservedConcurrentExecutions: true,
  snapStart: true,
  source: true,
  stage: true,
  tenancyConfig: true,
};

const OWN_LOG_GROUP = 'the log group is a resource of the stack, so no custom resource sets its retention; use logRetention';

/**
 * What to use instead of the options that the CDK's functions have and this library does not.
 *
 * @internal
 */
export const FUNCTION_OPTION_REMEDIES: Readonly<Record<string, string>> = {
  applicationLogLevel: 'use applicationLogLevelV2',
  bundling: 'use the options of Source.typescript, Source.javascript or Source.python',
  code: 'use source: Source.code(code, { handler })',
  deadLetterQueueEnabled: 'use deadLetterQueue, or add the function to a FunctionGroup, which has a dead-letter queue',
  entry: 'use source: Source.typescript(entry) or Source.python(entry, options)',
  handler: 'use the option handler of the source',
  logFormat: 'use loggingFormat',
  logRetentionRetryOptions: OWN_LOG_GROUP,
  logRetentionRole: OWN_LOG_GROUP,
  systemLogLevel: 'use systemLogLevelV2',
};

/**
 * Remedy for the options of a function that cannot be defaults of a group.
 *
 * @internal
 */
export const FUNCTION_DEFAULT_REMEDIES: Readonly<Record<string, string>> = {
  ...FUNCTION_OPTION_REMEDIES,
  ...Object.fromEntries(Object.keys(FUNCTION_OPTIONS).map((name) => [name, 'set it for each function'])),
};
