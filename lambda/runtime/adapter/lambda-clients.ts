import { LambdaClient } from '@aws-sdk/client-lambda';
import { clientSettings } from '../../shared/client-settings';
import type { SdkClient } from '../../shared/sdk-client';
import type { AdapterSettings } from './settings';
import { Slots } from './slots';

/** The client of an adapter. */
export interface AdapterClient extends SdkClient {
  /** Limits the requests of the client. @default - no limit */
  readonly slots?: Slots;
}

const shared = new Map<string, InvocationClient>();

/** Returns a client for invocations. Adapters with the same connection settings share it and its connections. */
export function lambdaClientOf(settings: AdapterSettings): InvocationClient {
  const { region, endpoint, connectionTimeoutMs, requestTimeoutMs, maxSockets, assumeRole } = settings;
  const key = JSON.stringify([region, endpoint, connectionTimeoutMs, requestTimeoutMs, maxSockets, assumeRole]);
  let client = shared.get(key);
  if (!client) {
    client = new InvocationClient(settings);
    shared.set(key, client);
  }
  return client;
}

/**
 * A LambdaClient that resolves its middleware once, rather than for each request: resolving takes longer than everything that
 * the adapter adds. The SDK caches it only for requests without an abort signal, so the signal is passed around the middleware.
 */
class InvocationClient implements AdapterClient {
  /** SDK client. */
  public readonly client: LambdaClient;
  /** As many as there are sockets, so that no request waits in the SDK, where its timeout would run. */
  public readonly slots: Slots;
  private readonly signals = new WeakMap<object, AbortSignal>();

  public constructor({ region, endpoint, connectionTimeoutMs, requestTimeoutMs, maxSockets, assumeRole }: AdapterSettings) {
    this.slots = new Slots(maxSockets);
    const given = {
      region,
      ...(endpoint && { endpoint }),
      ...(assumeRole && {
        // Imported here, so that only adapters that assume a role load the STS client.
        credentials: async () => (await import('./assume-role')).assumeRole(assumeRole, region),
      }),
    };
    this.client = new LambdaClient({
      ...clientSettings(given, { connectionMs: connectionTimeoutMs, silenceMs: requestTimeoutMs, maxSockets }),
      cacheMiddleware: true,
      // The adapter retries itself, within its limits: retries of both would multiply.
      maxAttempts: 1,
    });
    const { requestHandler } = this.client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) => handle(request, { ...options, abortSignal: this.signals.get(request) });
    this.client.middlewareStack.add(
      (next) => (args) => {
        const signal = this.signals.get(args.input);
        // Pass the signal from the command input to the request that was built from it.
        if (signal) this.signals.set(args.request as object, signal);
        return next(args);
      },
      { step: 'deserialize', priority: 'low', name: 'katamariSignal' },
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in SdkClient
  public send(command: any, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}): Promise<any> {
    if (abortSignal) this.signals.set(command.input, abortSignal);
    return this.client.send(command);
  }
}
