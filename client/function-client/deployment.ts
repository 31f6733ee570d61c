import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { InvalidParameterError } from '../../lambda/shared/errors';
import { requireSettings } from './checks';
import { isImage, toSdkCode } from './code';
import { toConfiguration } from './configuration';
import { ConflictError } from './errors';
import { type FunctionRef, withQualifier } from './function-ref';
import { attempt, ofFunction } from './service-errors';
import type { Architecture, FunctionChanges, FunctionCode, FunctionConfiguration, FunctionSettings, FunctionSpec } from './types';
import { pause, waitUntil } from './waiting';

/** How often a call is made again that meets another update, or a role that is not there yet for Lambda. */
const TRIES = 6;
const FIRST_PAUSE_MS = 1_000;
/**
 * What Lambda says of a role that is seconds old. It has no error of its own for it, so the whole sentence is compared.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
const ROLE_NOT_READY = new Set(['The role defined for the function cannot be assumed by Lambda.']);

/** Creates the function, and waits until it is active. */
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
  await again(
    () => attempt(ofFunction('create', ref.name), () => ref.clients.lambda.send(command)),
    (error) => error instanceof InvalidParameterError && ROLE_NOT_READY.has((error.cause as Error | undefined)?.message ?? ''),
  );
  await waitUntil('active', ref);
  return configuration(ref);
}

/** Changes the code, then the configuration. What is not given stays. */
export async function update(ref: FunctionRef, changes: FunctionChanges): Promise<FunctionConfiguration> {
  const { code, architecture, ...settings } = changes;
  if (architecture !== undefined && code === undefined) {
    throw invalid('architecture must come with code: Lambda changes both together', architecture);
  }
  // Before the first of two calls, so that a value that breaks a rule leaves the function as it was.
  requireSettings(settings);
  if (code) await updateCode(ref, code, architecture);
  if (Object.values(settings).some((value) => value !== undefined)) return updateConfiguration(ref, settings);
  return configuration(ref);
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
  return updating(ref, () => attempt(ofFunction('update', ref.name), () => ref.clients.lambda.send(command)));
}

export async function updateConfiguration(ref: FunctionRef, settings: FunctionSettings): Promise<FunctionConfiguration> {
  requireSettings(settings);
  return updating(ref, async () => {
    // Lambda takes it as a whole: the format and the levels of the log would go back to their defaults.
    const logging = settings.logGroup === undefined ? undefined : (await read(ref)).LoggingConfig;
    const { LoggingConfig, ...others } = toSdkSettings(settings);
    await sendSettings(ref, { ...others, ...(LoggingConfig && { LoggingConfig: { ...logging, ...LoggingConfig } }) });
  });
}

/** What is to be set, made of what is there. */
export type Merge = (now: FunctionConfiguration) => FunctionSettings;

/** Changes the configuration by what it is. Nobody's change gets lost: one that comes between is seen, and merged with. */
export async function mergeConfiguration(ref: FunctionRef, merge: Merge): Promise<FunctionConfiguration> {
  return updating(ref, async () => {
    const answer = await read(ref);
    if (answer.Environment?.Error) {
      throw new InvalidParameterError(
        `the environment of function '${ref.name}' must be readable to be added to, got: ${answer.Environment.Error.Message}`,
        {
          code: answer.Environment.Error.ErrorCode ?? 'AccessDenied',
          remedy: 'Allow the caller kms:Decrypt with the KMS key of the function.',
        },
      );
    }
    const settings = merge(toConfiguration(answer));
    requireSettings(settings);
    await sendSettings(ref, { ...toSdkSettings(settings), RevisionId: answer.RevisionId });
  });
}

export async function configuration(ref: FunctionRef): Promise<FunctionConfiguration> {
  return toConfiguration(await read(ref));
}

function read(ref: FunctionRef) {
  const command = new GetFunctionConfigurationCommand(withQualifier(ref));
  return attempt(ofFunction('read', ref.name), () => ref.clients.lambda.send(command));
}

/** Lambda refuses an update while another goes: each waits for the one before it, and for its own end. */
async function updating(ref: FunctionRef, send: () => Promise<unknown>): Promise<FunctionConfiguration> {
  if (ref.qualifier && ref.qualifier !== '$LATEST') {
    throw invalid(`an update must be of '${ref.name}' without a qualifier: a version never changes`, ref.qualifier);
  }
  await again(
    async () => {
      await waitUntil('updated', ref);
      await send();
    },
    (error) => error instanceof ConflictError,
  );
  await waitUntil('updated', ref);
  return configuration(ref);
}

async function again<T>(call: () => Promise<T>, isPassing: (error: unknown) => boolean): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (error) {
      if (tried === TRIES || !isPassing(error)) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
}

function sendSettings(ref: FunctionRef, settings: Omit<UpdateFunctionConfigurationRequest, 'FunctionName'>) {
  const command = new UpdateFunctionConfigurationCommand({ ...settings, FunctionName: ref.reference });
  return attempt(ofFunction('update', ref.name), () => ref.clients.lambda.send(command));
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

/** A zip has a runtime and a handler, an image has neither, nor layers. */
function requirePackage({ code, runtime, handler, layers }: FunctionSpec): void {
  if (isImage(code)) {
    const [name] = Object.entries({ runtime, handler, layers }).find(([, value]) => value !== undefined) ?? [];
    if (name) throw invalid('a function of an image must have no runtime, handler or layers: they are in the image', name);
  } else if (!runtime || !handler) {
    throw invalid('a function of a zip must have a runtime and a handler', JSON.stringify({ runtime, handler }));
  }
}

/** Without the properties that are undefined: they must not hide a default. */
function definedOf<T extends object>(properties: T): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T;
}
