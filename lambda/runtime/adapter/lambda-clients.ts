import { LambdaClient } from '@aws-sdk/client-lambda';
import type { SdkClient } from '../../shared/sdk-client';
import type { AdapterSettings } from './settings';

const shared = new Map<string, InvocationClient>();

/** A client for invocations. Adapters that agree on how to reach Lambda share it, and its connections. */
export function lambdaClientOf(settings: AdapterSettings): InvocationClient {
  const { region, endpoint, connectionTimeoutMs, maxSockets, assumeRole } = settings;
  const key = JSON.stringify([region, endpoint, connectionTimeoutMs, maxSockets, assumeRole]);
  let client = shared.get(key);
  if (!client) {
    client = new InvocationClient(settings);
    shared.set(key, client);
  }
  return client;
}

/**
 * A LambdaClient that works out how it makes requests for the first one alone: the time that takes is more than all that the
 * adapter adds. The SDK does so for requests without a signal, so that the signal goes another way.
 */
export class InvocationClient implements SdkClient {
  /** The client of the SDK. */
  public readonly client: LambdaClient;
  private readonly signals = new WeakMap<object, AbortSignal>();

  public constructor({ region, endpoint, connectionTimeoutMs, maxSockets, assumeRole }: AdapterSettings) {
    this.client = new LambdaClient({
      region,
      ...(endpoint && { endpoint }),
      ...(assumeRole && {
        // Loaded where a role is assumed: it brings the client of STS.
        credentials: async () => (await import('./assume-role')).assumeRole(assumeRole, region),
      }),
      cacheMiddleware: true,
      // The adapter tries again itself, within its bounds: tries of both would multiply.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: connectionTimeoutMs,
        httpAgent: { keepAlive: true, maxSockets },
        httpsAgent: { keepAlive: true, maxSockets },
      },
    });
    const { requestHandler } = this.client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) => handle(request, { ...options, abortSignal: this.signals.get(request) });
    this.client.middlewareStack.add(
      (next) => (args) => {
        const signal = this.signals.get(args.input);
        // From the input of the command to the request that was made of it.
        if (signal) this.signals.set(args.request as object, signal);
        return next(args);
      },
      { step: 'deserialize', priority: 'low', name: 'katamariSignal' },
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: as SdkClient
  public send(command: any, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}): Promise<any> {
    if (abortSignal) this.signals.set(command.input, abortSignal);
    return this.client.send(command);
  }
}
