import { RemovalPolicy, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { requireEventNames } from '../event/event-rule';
import {
  ASYNCHRONOUS_RETRIES,
  EPHEMERAL_STORAGE_MIB,
  EVENT_AGE_SECONDS,
  FUNCTION_MEMORY_MIB,
  FUNCTION_NAME,
  FUNCTION_NAME_MAX_LENGTH,
  FUNCTION_TIMEOUT_SECONDS,
} from '../limits/constants';
import { DEFAULT_ARCHITECTURE, DEFAULT_MEMORY_MIB, DEFAULT_TIMEOUT } from '../private/defaults';
import { requireDeliverable } from '../private/delivery-rules';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { requireFreeName } from '../private/function-names';
import { requireStandard } from '../private/queue-rules';
import { requireDurationBetween, requireMebibytesBetween } from '../private/tokens';
import { refuseUnknownOptions } from '../private/unknown-options';
import type { IFailureRecorder } from '../runs/failure-recorder-ref';
import { Overlap, type OverlapConfig } from '../runs/overlap';
import { requireDebugContext, requireShellSource } from '../shell/debug-shell';
import { mergeEnvironments, requireUserVariables } from './environment-rules';
import type { IFunctionGroup } from './function-group-ref';
import type { FunctionOptions } from './function-options';
import { requireLayers } from './layer-rules';
import { mergeLayers, mergeOptions } from './merge-options';
import { FUNCTION_OPTION_REMEDIES, FUNCTION_OPTIONS } from './option-names';

/** Options of a function with the defaults of its group and of this library, checked against the limits of Lambda. */
interface FunctionConfig {
  /** Name of the function within its group. */
  readonly name: string;

  /** Whether each run is recorded in the group's run table. */
  readonly runsTracked: boolean;

  /** Records the runs that Lambda could not start; undefined where the function has another destination for them. */
  readonly failureRecorder?: IFailureRecorder;

  /** Limits of concurrent runs. */
  readonly overlap: OverlapConfig;

  /** Options of the function, over the defaults of its group. */
  readonly options: FunctionOptions;

  /** Properties of the CDK's function. */
  readonly functionProps: lambda.FunctionProps;
}

/**
 * Checks all options of a function and fills in the defaults.
 *
 * @throws ValidationError when an option breaks a rule
 *
 * @internal
 */
export function resolveFunction(scope: Construct, id: string, own: FunctionOptions, group?: IFunctionGroup): FunctionConfig {
  const name = own.name ?? id;
  refuseUnknownOptions(`the function '${name}'`, own, { ...FUNCTION_OPTIONS, group: true }, scope, FUNCTION_OPTION_REMEDIES);
  const options = mergeOptions(own, group?.defaults);
  const environment = mergeEnvironments(group?.defaults.environment, own.environment);
  validateLimits(scope, name, options);
  validateCombinations(scope, name, options);
  requireUserVariables(scope, name, environment);
  if (own.on?.length && !group) {
    throw new ValidationError(
      `'on' requires a FunctionGroup, whose event bus delivers the events, got: ${own.on.map(formatValue).join(', ')}`,
      scope,
    );
  }
  requireEventNames(scope, own.on ?? []);
  if (group) requireFreeName(group, 'group', name);
  if (own.debugShell) requireDebugContext(scope, name);
  const functionName = own.functionName ?? deployedName(scope, name, own.stage ?? group?.stage, own.name !== undefined);

  const architecture = options.architecture ?? DEFAULT_ARCHITECTURE;
  const source = options.source.bind(scope, {
    functionName: name,
    runtime: own.runtime,
    defaultRuntime: group?.defaults.runtime,
    architecture,
    wrapHandler: group !== undefined,
    debugShell: own.debugShell,
  });
  if (own.debugShell) requireShellSource(scope, name, source.debugShell ?? false);
  const layers = mergeLayers(source.runtime, own.layers, group?.defaults.layers);
  requireLayers(scope, name, layers.length, source.runtime);
  const runsTracked = source.wrapped && (options.trackRuns ?? true);
  if (options.durableConfig && group && runsTracked) {
    throw new ValidationError(
      `durableConfig requires trackRuns: false, because Lambda invokes a durable function several times for one run, got: trackRuns: true for '${name}'`,
      scope,
    );
  }
  const overlap = (options.overlap ?? Overlap.allow()).bind(scope, { functionName: name, runsTracked });
  const reservedConcurrentExecutions = reservation(scope, name, options, overlap);
  const failureRecorder = runsTracked && mayRecordFailures(scope, options) ? group?.failureRecorder : undefined;

  return {
    name,
    runsTracked,
    failureRecorder,
    overlap,
    options,
    functionProps: {
      ...forwarded(options),
      onFailure: options.onFailure ?? failureRecorder?.destination,
      functionName,
      memorySize: options.memorySize ?? DEFAULT_MEMORY_MIB,
      timeout: options.timeout ?? DEFAULT_TIMEOUT,
      architecture,
      environment: mergeEnvironments(source.environment, environment),
      loggingFormat: options.loggingFormat ?? lambda.LoggingFormat.JSON,
      initialPolicy: [...(group?.defaults.initialPolicy ?? []), ...(own.initialPolicy ?? [])],
      // The CDK refuses a list for an image, even an empty one.
      layers: layers.length > 0 ? layers : undefined,
      paramsAndSecrets: source.runtime === lambda.Runtime.FROM_IMAGE ? own.paramsAndSecrets : options.paramsAndSecrets,
      reservedConcurrentExecutions,
      // An alias may still send traffic to a version that is no longer the current one.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN, ...options.currentVersionOptions },
      code: source.code,
      handler: source.handler,
      runtime: source.runtime,
    },
  };
}

/** A function has one destination, which may be the user's own. The local engine sends an event to it or to the dead-letter queue. */
function mayRecordFailures(scope: Construct, { onFailure, deadLetterQueue, deadLetterTopic }: FunctionOptions): boolean {
  const hasOwnDeadLetters = deadLetterQueue !== undefined || deadLetterTopic !== undefined;
  return onFailure === undefined && !(hasOwnDeadLetters && scope.node.tryGetContext(CONTEXT_LOCAL));
}

/** Options that the CDK's function takes as they are. It would not know this library's own, and sets no log retention but its own. */
function forwarded(options: FunctionOptions) {
  const { source, name, stage, on, overlap, trackRuns, debugShell, runtime, environment, ...others } = options;
  const { events, deadLetterQueue, deadLetterTopic, logRetention, logRemovalPolicy, ...cdkOptions } = others;
  return cdkOptions;
}

function validateLimits(scope: Construct, name: string, options: FunctionOptions): void {
  const { memorySize, retryAttempts, timeout, ephemeralStorageSize, maxEventAge, reservedConcurrentExecutions } = options;
  const check = (what: string, value: number | undefined, { min, max }: { readonly min: number; readonly max: number }) =>
    requireIntegerBetween(what, value, min, max, scope);
  check(`memorySize of '${name}' in MiB`, memorySize, FUNCTION_MEMORY_MIB);
  check(`retryAttempts of '${name}'`, retryAttempts, ASYNCHRONOUS_RETRIES);
  requireDurationBetween(`timeout of '${name}'`, timeout, 'seconds', FUNCTION_TIMEOUT_SECONDS, scope);
  requireDurationBetween(`maxEventAge of '${name}'`, maxEventAge, 'seconds', EVENT_AGE_SECONDS, scope);
  requireMebibytesBetween(`ephemeralStorageSize of '${name}'`, ephemeralStorageSize, EPHEMERAL_STORAGE_MIB, scope);
  const anyCount = { min: 0, max: Number.MAX_SAFE_INTEGER };
  check(`reservedConcurrentExecutions of '${name}'`, reservedConcurrentExecutions, anyCount);
}

function validateCombinations(scope: Construct, name: string, options: FunctionOptions): void {
  const { functionName, stage, deadLetterQueue, deadLetterTopic, logGroup, logRetention, logRemovalPolicy, on } = options;
  const refuse = (rule: string) => {
    throw new ValidationError(`${rule}, got both for '${name}'`, scope);
  };
  if (functionName !== undefined && stage !== undefined) refuse('functionName is the whole name and must not be set with stage');
  if (deadLetterQueue && deadLetterTopic) refuse('deadLetterQueue must not be set with deadLetterTopic');
  if (logGroup && (logRetention !== undefined || logRemovalPolicy !== undefined)) {
    refuse('logRetention and logRemovalPolicy must be set on the logGroup instead of the function');
  }
  requireStandard(scope, `deadLetterQueue of '${name}'`, deadLetterQueue);
  requireStandard(scope, `deadLetterTopic of '${name}'`, deadLetterTopic);
  if (on?.length) requireDeliverable(scope, name, "'on'", options);
}

function reservation(scope: Construct, name: string, options: FunctionOptions, overlap: OverlapConfig): number | undefined {
  const { reservedConcurrentExecutions } = options;
  if (reservedConcurrentExecutions === undefined || overlap.reservedConcurrency === undefined) {
    return reservedConcurrentExecutions ?? overlap.reservedConcurrency;
  }
  throw new ValidationError(
    `reservedConcurrentExecutions must not be set with Overlap.queue, which reserves concurrent executions itself, got both for '${name}'`,
    scope,
  );
}

/** Name to deploy a function by; undefined where CloudFormation makes one. */
function deployedName(scope: Construct, name: string, stage: string | undefined, named: boolean): string | undefined {
  if (stage === undefined && !named) return undefined;
  const full = stage === undefined ? name : `${name}__${stage}`;
  if (Token.isUnresolved(full)) return full;
  if (full.length > FUNCTION_NAME_MAX_LENGTH) {
    throw new ValidationError(
      `the name of a function must have at most ${FUNCTION_NAME_MAX_LENGTH} characters including the stage, got: ${formatValue(full)} (${full.length})`,
      scope,
    );
  }
  if (!FUNCTION_NAME.test(full)) {
    throw new ValidationError(
      `the name of a function must consist of letters, digits, '-' and '_', got: ${formatValue(full)}`,
      scope,
    );
  }
  return full;
}
