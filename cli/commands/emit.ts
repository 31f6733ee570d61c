import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CommandError } from '../../engine/errors';
import { EmitError, emit, InvalidEventError } from '../../lambda/runtime';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { findFunctions } from '../shared/discovery';
import { readJsonArgument } from '../shared/json-argument';

/** `source` of an event that a person published. */
const SOURCE = 'katamari.cli';

/** Publishes an event on the bus of a group. */
export async function emitEvent(
  { target, output }: CommandContext,
  name: string,
  argument: string | undefined,
  options: CommonOptions,
): Promise<void> {
  const data = readJsonArgument(argument);
  const functions = await findFunctions(target, { group: options.group });
  const buses = new Map(functions.flatMap(({ eventBus, group }) => (eventBus ? [[eventBus, group] as const] : [])));
  if (buses.size > 1) {
    const groups = [...buses.values()];
    throw new CommandError(
      `an event goes to the bus of one group, there is: ${groups.map((group) => `'${group}'`).join(', ')}`,
      `Say which with --group, such as --group '${groups[0]}'.`,
    );
  }
  const [bus] = buses.keys();
  if (bus === undefined) throw new CommandError('no group that is deployed has an event bus');
  const eventId = await publish(name, data, bus, new EventBridgeClient(target.settings));
  if (options.json) output.line(JSON.stringify({ eventId, name, bus, data: data ?? null }, undefined, 2));
  else
    output.line(`${output.colors.green('published')} ${output.colors.bold(name)} ${output.colors.dim(`${eventId} on ${bus}`)}`);
}

async function publish(name: string, data: unknown, bus: string, client: EventBridgeClient): Promise<string> {
  try {
    return await emit(name, data, { bus, client, source: SOURCE });
  } catch (error) {
    // What the event itself is refused for; a fault of the connection has an error of its own as its cause.
    if (error instanceof InvalidEventError) throw new CommandError(error.message, undefined, { cause: error });
    if (error instanceof EmitError) throw error.cause ?? new CommandError(error.message, undefined, { cause: error });
    throw error;
  }
}
