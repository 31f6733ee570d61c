import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { FunctionClientOptions } from './types';

/** An invocation takes up to 15 minutes, and its response a little longer. */
const INVOCATION_TIMEOUT_MS = 16 * 60_000;
const CONNECTION_TIMEOUT_MS = 10_000;

/** Configuration that all SDK clients share. */
export function sdkConfig({ region, endpoint, credentials }: FunctionClientOptions) {
  return { ...(region && { region }), ...(endpoint && { endpoint }), ...(credentials && { credentials }) };
}

/** SDK clients. Each is created when it is first used, and then kept. */
export class AwsClients {
  private static shared?: AwsClients;
  private lambdaClient?: LambdaClient;
  private invocationClient?: LambdaClient;
  private logsClient?: CloudWatchLogsClient;

  private constructor(private readonly options: FunctionClientOptions) {}

  /** Without options, all callers share the same clients and their connections. */
  public static of(options: FunctionClientOptions = {}): AwsClients {
    if (Object.values(options).some((value) => value !== undefined)) return new AwsClients(options);
    AwsClients.shared ??= new AwsClients({});
    return AwsClients.shared;
  }

  /** Client for everything except invocations. The SDK retries failed requests. */
  public get lambda(): LambdaClient {
    this.lambdaClient ??= (this.options.lambda as LambdaClient | undefined) ?? new LambdaClient(sdkConfig(this.options));
    return this.lambdaClient;
  }

  /** Client for invocations. It does not retry: a lost response does not mean that the function has not run. */
  public get invocations(): LambdaClient {
    this.invocationClient ??=
      (this.options.lambda as LambdaClient | undefined) ??
      new LambdaClient({
        ...sdkConfig(this.options),
        maxAttempts: 1,
        requestHandler: {
          requestTimeout: INVOCATION_TIMEOUT_MS,
          throwOnRequestTimeout: true,
          connectionTimeout: CONNECTION_TIMEOUT_MS,
        },
      });
    return this.invocationClient;
  }

  public get logs(): CloudWatchLogsClient {
    this.logsClient ??=
      (this.options.logs as CloudWatchLogsClient | undefined) ?? new CloudWatchLogsClient(sdkConfig(this.options));
    return this.logsClient;
  }
}
