import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { FunctionClientOptions } from './types';

/** An invocation may take 15 minutes; its answer a little more. */
const INVOCATION_TIMEOUT_MS = 16 * 60_000;
const CONNECTION_TIMEOUT_MS = 10_000;

/** What all clients of the SDK are made with. */
export function settingsOf({ region, endpoint, credentials }: FunctionClientOptions) {
  return { ...(region && { region }), ...(endpoint && { endpoint }), ...(credentials && { credentials }) };
}

/** The clients of the SDK, each made when it is first needed, and kept. */
export class AwsClients {
  private static shared?: AwsClients;
  private lambdaClient?: LambdaClient;
  private invocationClient?: LambdaClient;
  private logsClient?: CloudWatchLogsClient;

  private constructor(private readonly options: FunctionClientOptions) {}

  /** Without any option all share the same clients, and their connections. */
  public static of(options: FunctionClientOptions = {}): AwsClients {
    if (Object.values(options).some((value) => value !== undefined)) return new AwsClients(options);
    AwsClients.shared ??= new AwsClients({});
    return AwsClients.shared;
  }

  /** For everything but invocations: the SDK tries what failed again. */
  public get lambda(): LambdaClient {
    this.lambdaClient ??= (this.options.lambda as LambdaClient | undefined) ?? new LambdaClient(settingsOf(this.options));
    return this.lambdaClient;
  }

  /** For invocations: tried once, since an answer that got lost doesn't say that the function has not run. */
  public get invocations(): LambdaClient {
    this.invocationClient ??=
      (this.options.lambda as LambdaClient | undefined) ??
      new LambdaClient({
        ...settingsOf(this.options),
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
      (this.options.logs as CloudWatchLogsClient | undefined) ?? new CloudWatchLogsClient(settingsOf(this.options));
    return this.logsClient;
  }
}
