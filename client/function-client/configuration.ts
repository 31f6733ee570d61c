import type { GetFunctionResponse, FunctionConfiguration as SdkConfiguration } from '@aws-sdk/client-lambda';
import type { FunctionConfiguration, FunctionInfo } from './types';

/** The answers of Lambda leave out what has its default. */
export function toConfiguration(answer: SdkConfiguration): FunctionConfiguration {
  const name = answer.FunctionName ?? '';
  return {
    functionName: name,
    functionArn: answer.FunctionArn ?? '',
    version: answer.Version ?? '$LATEST',
    packageType: answer.PackageType ?? 'Zip',
    runtime: answer.Runtime || undefined,
    handler: answer.Handler || undefined,
    role: answer.Role ?? '',
    description: answer.Description ?? '',
    memorySize: answer.MemorySize ?? 128,
    timeout: answer.Timeout ?? 3,
    ephemeralStorageSize: answer.EphemeralStorage?.Size ?? 512,
    architecture: answer.Architectures?.[0] ?? 'x86_64',
    tracingMode: answer.TracingConfig?.Mode ?? 'PassThrough',
    environment: { ...answer.Environment?.Variables },
    layers: (answer.Layers ?? []).map(({ Arn }) => Arn ?? ''),
    logGroup: logGroupOf(answer),
    logFormat: answer.LoggingConfig?.LogFormat ?? 'Text',
    codeSize: answer.CodeSize ?? 0,
    codeSha256: answer.CodeSha256 ?? '',
    state: answer.State ?? 'Active',
    stateReason: answer.StateReason || undefined,
    lastUpdateStatus: answer.LastUpdateStatus ?? 'Successful',
    lastUpdateStatusReason: answer.LastUpdateStatusReason || undefined,
    lastModified: new Date(answer.LastModified ?? 0),
    revisionId: answer.RevisionId,
  };
}

export function toInfo({ Configuration = {}, Code, Tags, Concurrency }: GetFunctionResponse): FunctionInfo {
  return {
    configuration: toConfiguration(Configuration),
    codeLocation: Code?.Location,
    imageUri: Code?.ResolvedImageUri ?? Code?.ImageUri,
    tags: { ...Tags },
    reservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions,
  };
}

/** Where a function logs to, unless its configuration says otherwise. */
export const defaultLogGroup = (functionName: string) => `/aws/lambda/${functionName}`;

export function logGroupOf({ LoggingConfig, FunctionName = '' }: SdkConfiguration): string {
  return LoggingConfig?.LogGroup ?? defaultLogGroup(FunctionName);
}
