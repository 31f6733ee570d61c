import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { clientSettings } from '../../lambda/shared/client-settings';
import { ClientCache } from './client-cache';
import type { FunctionClientOptions } from './types';

/** Limits of invocations. An invocation takes up to 15 minutes, and its response a little longer. All of them run at a time. */
const INVOCATION = { silenceMs: 16 * 60_000, connectionMs: 10_000, maxSockets: Number.POSITIVE_INFINITY } as const;

/** Configuration that all SDK clients share. */
export function sdkConfig({ region, endpoint, credentials }: FunctionClientOptions) {
  return { ...(region && { region }), ...(endpoint && { endpoint }), ...(credentials && { credentials }) };
}

/** SDK clients. Each is created when it is first used, and then kept. */
export class AwsClients {
  private static readonly shared = new ClientCache((options: FunctionClientOptions) => new AwsClients(options));
  private lambdaClient?: LambdaClient;
  private invocationClient?: LambdaClient;
  private logsClient?: CloudWatchLogsClient;

  private constructor(private readonly options: FunctionClientOptions) {}

  /** All callers with the same options share the same clients and their connections. */
  public static of({ region, endpoint, credentials, lambda, logs }: FunctionClientOptions = {}): AwsClients {
    return AwsClients.shared.of({ region, endpoint, credentials, lambda, logs });
  }

  /** Client for everything except invocations. The SDK retries failed requests. */
  public get lambda(): LambdaClient {
    this.lambdaClient ??=
      (this.options.lambda as LambdaClient | undefined) ?? new LambdaClient(clientSettings(sdkConfig(this.options)));
    return this.lambdaClient;
  }

  /** Client for invocations. It does not retry: a lost response does not mean that the function has not run. */
  public get invocations(): LambdaClient {
    this.invocationClient ??=
      (this.options.lambda as LambdaClient | undefined) ??
      new LambdaClient({ ...clientSettings(sdkConfig(this.options), INVOCATION), maxAttempts: 1 });
    return this.invocationClient;
  }

  public get logs(): CloudWatchLogsClient {
    this.logsClient ??=
      (this.options.logs as CloudWatchLogsClient | undefined) ??
      new CloudWatchLogsClient(clientSettings(sdkConfig(this.options)));
    return this.logsClient;
  }
}
