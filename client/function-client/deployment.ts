import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { InvalidParameterError } from '../../lambda/shared/errors';
import { retry } from '../../lambda/shared/retry/retry';
import { isImage, toSdkCode } from '../shared/code';
import { toConfiguration } from '../shared/configuration';
import { definedOf } from '../shared/defined-of';
import { ConflictError } from '../shared/errors';
import { callAws, functionAction } from '../shared/service-errors';
import type { Architecture, FunctionCode, FunctionConfiguration } from '../shared/types';
import { requireSettings } from './checks';
import { type FunctionRef, withQualifier } from './function-ref';
import type { FunctionChanges, FunctionSettings, FunctionSpec } from './types';
import { ACTIVE, SETTLED, UPDATED, waitUntil } from './waiting';

/** Retries of a request that meets another update, or a role that Lambda can't assume yet. Without jitter they take 31 s. */
const RETRIES = { attempts: 6, firstDelayMs: 1_000, random: () => 1 } as const;
/**
 * Message of Lambda for a role that was created seconds ago. The error has no code of its own, so the whole message is
 * compared.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
const ROLE_NOT_READY = new Set(['The role defined for the function cannot be assumed by Lambda.']);

/** Creates the function and waits until it is active. */
export async function create(ref: FunctionRef, spec: FunctionSpec): Promise<FunctionConfiguration> {
  const { architecture = 'x86_64', tags, code, ...given } = spec;
  const settings = { memorySize: 512, timeout: 60, tracingMode: 'PassThrough', ...definedOf(given) } as const;
  requireSettings(settings);
  requirePackage(spec);
  const Code = await toSdkCode(code);
  const command = new CreateFunctionCommand({
    ...toSdkSettings(settings),
    FunctionName: ref.reference,
    Role: spec.role,
    Code,
    PackageType: isImage(code) ? 'Image' : 'Zip',
    Architectures: [architecture],
    ...(tags && { Tags: { ...tags } }),
  });
  await retry(() => callAws(functionAction('create', ref.name), () => ref.clients.lambda.send(command)), {
    ...RETRIES,
    isRetryable: (error) =>
      error instanceof InvalidParameterError && ROLE_NOT_READY.has((error.cause as Error | undefined)?.message ?? ''),
  });
  return waitUntil(ACTIVE, ref);
}

/** Changes the code, then the configuration. Settings that are left out stay as they are. */
export async function update(ref: FunctionRef, changes: FunctionChanges): Promise<FunctionConfiguration> {
  const { code, architecture, ...settings } = changes;
  if (architecture !== undefined && code === undefined) {
    throw invalid('architecture requires code, because Lambda changes both together', architecture);
  }
  // Before the first of the two requests, so that an invalid value changes nothing.
  requireSettings(settings);
  if (code) await updateCode(ref, code, architecture);
  if (Object.values(settings).some((value) => value !== undefined)) return updateConfiguration(ref, settings);
  return readConfiguration(ref);
}

export async function updateCode(
  ref: FunctionRef,
  code: FunctionCode,
  architecture?: Architecture,
): Promise<FunctionConfiguration> {
  const command = new UpdateFunctionCodeCommand({
    ...(await toSdkCode(code)),
    FunctionName: ref.reference,
    ...(architecture && { Architectures: [architecture] }),
  });
  return updating(ref, () => callAws(functionAction('update', ref.name), () => ref.clients.lambda.send(command)));
}

export async function updateConfiguration(ref: FunctionRef, settings: FunctionSettings): Promise<FunctionConfiguration> {
  requireSettings(settings);
  return updating(ref, async () => {
    // Lambda replaces the whole LoggingConfig: without the current one, log format and levels would return to their defaults.
    const logging = settings.logGroup === undefined ? undefined : (await read(ref)).LoggingConfig;
    const { LoggingConfig, ...others } = toSdkSettings(settings);
    await sendSettings(ref, { ...others, ...(LoggingConfig && { LoggingConfig: { ...logging, ...LoggingConfig } }) });
  });
}

/**
 * Changes settings based on the current ones. A change that another caller makes in between is not lost: the merge is
 * repeated.
 */
export async function mergeConfiguration(
  ref: FunctionRef,
  merge: (current: FunctionConfiguration) => FunctionSettings,
): Promise<FunctionConfiguration> {
  return updating(ref, async () => {
    const current = await read(ref);
    if (current.Environment?.Error) {
      throw new InvalidParameterError(
        `could not add to the environment of function '${ref.name}', because it can't be read: ${current.Environment.Error.Message}`,
        {
          code: current.Environment.Error.ErrorCode ?? 'AccessDenied',
          remedy: 'Allow the caller kms:Decrypt on the KMS key of the function.',
        },
      );
    }
    const settings = merge(toConfiguration(current));
    requireSettings(settings);
    await sendSettings(ref, { ...toSdkSettings(settings), RevisionId: current.RevisionId });
  });
}

export async function readConfiguration(ref: FunctionRef): Promise<FunctionConfiguration> {
  return toConfiguration(await read(ref));
}

function read(ref: FunctionRef) {
  const command = new GetFunctionConfigurationCommand(withQualifier(ref));
  return callAws(functionAction('read', ref.name), () => ref.clients.lambda.send(command));
}

/** Sends an update once the previous one has ended, because Lambda refuses parallel updates, and waits for its end. */
async function updating(ref: FunctionRef, send: () => Promise<unknown>): Promise<FunctionConfiguration> {
  if (ref.qualifier && ref.qualifier !== '$LATEST') {
    throw invalid(`an update of '${ref.name}' must have no qualifier, because versions never change`, ref.qualifier);
  }
  await retry(
    async () => {
      await waitUntil(SETTLED, ref);
      await send();
    },
    { ...RETRIES, isRetryable: (error) => error instanceof ConflictError },
  );
  return waitUntil(UPDATED, ref);
}

function sendSettings(ref: FunctionRef, settings: Omit<UpdateFunctionConfigurationRequest, 'FunctionName'>) {
  const command = new UpdateFunctionConfigurationCommand({ ...settings, FunctionName: ref.reference });
  return callAws(functionAction('update', ref.name), () => ref.clients.lambda.send(command));
}

function toSdkSettings(settings: FunctionSettings) {
  const { environment, layers, tracingMode, logGroup, ephemeralStorageSize } = settings;
  return definedOf({
    Role: settings.role,
    Runtime: settings.runtime as UpdateFunctionConfigurationRequest['Runtime'],
    Handler: settings.handler,
    Description: settings.description,
    MemorySize: settings.memorySize,
    Timeout: settings.timeout,
    EphemeralStorage: ephemeralStorageSize === undefined ? undefined : { Size: ephemeralStorageSize },
    Environment: environment && { Variables: { ...environment } },
    Layers: layers && [...layers],
    TracingConfig: tracingMode && { Mode: tracingMode },
    LoggingConfig: logGroup === undefined ? undefined : { LogGroup: logGroup },
  });
}

/** A zip requires a runtime and a handler; an image allows neither, and no layers. */
function requirePackage({ code, runtime, handler, layers }: FunctionSpec): void {
  if (isImage(code)) {
    const [name] = Object.entries({ runtime, handler, layers }).find(([, value]) => value !== undefined) ?? [];
    if (name)
      throw invalid('a function from an image must have no runtime, handler or layers, which are part of the image', name);
  } else if (!runtime || !handler) {
    throw invalid('a function from a zip must have a runtime and a handler', { runtime, handler });
  }
}
