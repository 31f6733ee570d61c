import type { SdkClient } from '../sdk-client';
import type { Operation, TableTransport } from './transport';

type CommandClass = new (input: never) => object;

/**
 * Sends requests by a client of AWS SDK v3.
 *
 * @param commands the command classes of the supported operations: a bundle contains no others
 */
export function sdkTransport<Supported extends Operation>(
  client: SdkClient,
  commands: Readonly<Record<Supported, CommandClass>>,
): TableTransport<Supported> {
  return { send: (operation, input, signal) => client.send(new commands[operation](input as never), { abortSignal: signal }) };
}
