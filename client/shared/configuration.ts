import type { FunctionConfiguration as SdkConfiguration } from '@aws-sdk/client-lambda';
import { EPHEMERAL_STORAGE_MIB, FUNCTION_MEMORY_MIB, FUNCTION_TIMEOUT_DEFAULT_SECONDS } from '../../lib/limits/constants';
import type { FunctionConfiguration } from './types';

/** Converts a response of Lambda, which omits settings that have their default. */
export function toConfiguration(response: SdkConfiguration): FunctionConfiguration {
  const name = response.FunctionName ?? '';
  return {
    functionName: name,
    functionArn: response.FunctionArn ?? '',
    version: response.Version ?? '$LATEST',
    packageType: response.PackageType ?? 'Zip',
    runtime: response.Runtime || undefined,
    handler: response.Handler || undefined,
    role: response.Role ?? '',
    description: response.Description ?? '',
    memorySize: response.MemorySize ?? FUNCTION_MEMORY_MIB.min,
    timeout: response.Timeout ?? FUNCTION_TIMEOUT_DEFAULT_SECONDS,
    ephemeralStorageSize: response.EphemeralStorage?.Size ?? EPHEMERAL_STORAGE_MIB.min,
    architecture: response.Architectures?.[0] ?? 'x86_64',
    tracingMode: response.TracingConfig?.Mode ?? 'PassThrough',
    environment: { ...response.Environment?.Variables },
    layers: (response.Layers ?? []).map(({ Arn }) => Arn ?? ''),
    logGroup: response.LoggingConfig?.LogGroup ?? defaultLogGroup(name),
    logFormat: response.LoggingConfig?.LogFormat ?? 'Text',
    codeSize: response.CodeSize ?? 0,
    codeSha256: response.CodeSha256 ?? '',
    state: response.State ?? 'Active',
    stateReason: response.StateReason || undefined,
    lastUpdateStatus: response.LastUpdateStatus ?? 'Successful',
    lastUpdateStatusReason: response.LastUpdateStatusReason || undefined,
    lastModified: new Date(response.LastModified ?? 0),
    revisionId: response.RevisionId,
  };
}

/** Log group of a function whose configuration names no other. */
export const defaultLogGroup = (functionName: string) => `/aws/lambda/${functionName}`;
