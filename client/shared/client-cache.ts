import type { FunctionClientOptions } from './types';

/** Clients for so many different options are kept: further ones replace the oldest. */
const KEPT = 20;

interface Entry<Clients> {
  readonly key: Readonly<Record<string, unknown>>;
  readonly clients: Clients;
}

/** Clients by their options, so that calls with the same options share clients and their connections. */
export class ClientCache<Clients, Options extends FunctionClientOptions = FunctionClientOptions> {
  private readonly entries: Entry<Clients>[] = [];

  public constructor(private readonly create: (options: Options) => Clients) {}

  public of(options: Options): Clients {
    const key = keyOf(options);
    const known = this.entries.find((entry) => isSame(entry.key, key));
    if (known) return known.clients;
    const clients = this.create(options);
    this.entries.push({ key, clients });
    if (this.entries.length > KEPT) this.entries.shift();
    return clients;
  }
}

/** Credentials count by their values, functions and clients by identity. The SDK adds a property to the credentials that it gets. */
function keyOf(options: FunctionClientOptions): Readonly<Record<string, unknown>> {
  const { credentials } = options;
  if (typeof credentials !== 'object') return { ...options };
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return { ...options, credentials: JSON.stringify([accessKeyId, secretAccessKey, sessionToken, expiration]) };
}

function isSame(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}
