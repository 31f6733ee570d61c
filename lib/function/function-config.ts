import { RemovalPolicy, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { requireEventNames } from '../event/event-rule';
import {
  ASYNCHRONOUS_RETRIES,
  EPHEMERAL_STORAGE_MIB,
  FUNCTION_MEMORY_MIB,
  FUNCTION_NAME,
  FUNCTION_NAME_MAX_LENGTH,
  FUNCTION_TIMEOUT_SECONDS,
} from '../limits/constants';
import { DEFAULT_ARCHITECTURE, DEFAULT_MEMORY_MIB, DEFAULT_TIMEOUT } from '../private/defaults';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { Overlap, type OverlapConfig } from '../runs/overlap';
import { requireDebugContext, requireShellSource } from '../shell/debug-shell';
import { mergeEnvironments, requireUserVariables } from './environment-rules';
import type { IFunctionGroup } from './function-group-ref';
import { requireFreeName } from './function-names';
import type { FunctionOptions } from './function-options';
import { requireLayers } from './layer-rules';

/** Options of a function with the defaults of its group and of this library, checked against the limits of Lambda. */
interface FunctionConfig {
  /** Name of the function within its group. */
  readonly name: string;

  /** Whether each run is recorded in the group's run table. */
  readonly runsTracked: boolean;

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
  const options = { ...group?.defaults, ...definedOf(own) } as FunctionOptions;
  const environment = mergeEnvironments(group?.defaults.environment, own.environment);
  validateLimits(scope, name, options);
  requireUserVariables(scope, name, environment);
  if (own.on?.length && !group) {
    throw new ValidationError(
      `'on' requires a FunctionGroup, whose event bus delivers the events, got: ${own.on.map(formatValue).join(', ')}`,
      scope,
    );
  }
  requireEventNames(scope, own.on ?? []);
  if (group) requireFreeName(group, name);
  if (own.debugShell) requireDebugContext(scope, name);
  const functionName = deployedName(scope, name, own.stage ?? group?.stage, own.name !== undefined);

  const architecture = options.architecture ?? DEFAULT_ARCHITECTURE;
  const source = options.source.bind(scope, {
    runtime: own.runtime,
    defaultRuntime: group?.defaults.runtime,
    architecture,
    wrapHandler: group !== undefined,
    debugShell: own.debugShell,
  });
  if (own.debugShell) requireShellSource(scope, name, source.debugShell ?? false);
  requireLayers(scope, name, options.layers?.length ?? 0, source.runtime);
  const runsTracked = source.wrapped && (options.trackRuns ?? true);
  const overlap = (options.overlap ?? Overlap.allow()).bind(scope, { functionName: name, runsTracked });

  return {
    name,
    runsTracked,
    overlap,
    options,
    functionProps: {
      functionName,
      description: options.description,
      memorySize: options.memorySize ?? DEFAULT_MEMORY_MIB,
      timeout: options.timeout ?? DEFAULT_TIMEOUT,
      architecture,
      environment: mergeEnvironments(source.environment, environment),
      tracing: options.tracing ?? lambda.Tracing.DISABLED,
      loggingFormat: lambda.LoggingFormat.JSON,
      retryAttempts: options.retryAttempts,
      maxEventAge: options.maxEventAge,
      ephemeralStorageSize: options.ephemeralStorageSize,
      layers: options.layers,
      vpc: options.vpc,
      vpcSubnets: options.vpcSubnets,
      securityGroups: options.securityGroups,
      deadLetterQueue: group?.deadLetterQueue,
      // Lambda sends a failed event to both.
      onFailure: runsTracked ? group?.failureDestination : undefined,
      reservedConcurrentExecutions: overlap.reservedConcurrency,
      // An alias may still send traffic to a version that is no longer the current one.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      code: source.code,
      handler: source.handler,
      runtime: source.runtime,
    },
  };
}

/** An option that is present but undefined must not hide the default of the group. */
function definedOf(options: FunctionOptions): Partial<FunctionOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function validateLimits(scope: Construct, name: string, options: FunctionOptions): void {
  const { memorySize, retryAttempts, timeout, ephemeralStorageSize } = options;
  const check = (what: string, value: number | undefined, { min, max }: { readonly min: number; readonly max: number }) =>
    requireIntegerBetween(what, value, min, max, scope);
  check(`memorySize of '${name}' in MiB`, memorySize, FUNCTION_MEMORY_MIB);
  check(`retryAttempts of '${name}'`, retryAttempts, ASYNCHRONOUS_RETRIES);
  if (timeout && !timeout.isUnresolved()) {
    check(`timeout of '${name}' in seconds`, timeout.toSeconds({ integral: false }), FUNCTION_TIMEOUT_SECONDS);
  }
  if (ephemeralStorageSize && !ephemeralStorageSize.isUnresolved()) {
    check(`ephemeralStorageSize of '${name}' in MiB`, ephemeralStorageSize.toMebibytes(), EPHEMERAL_STORAGE_MIB);
  }
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
