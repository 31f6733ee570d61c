import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { sdkSettings } from '../../engine/client-settings';
import { CommandError } from '../../engine/errors';
import { EmitError, emit, InvalidEventError } from '../../lambda/runtime';
import { parseJson } from '../../lambda/shared/json/parse-json';
import type { CommonOptions, InteractiveContext } from '../shared/command-context';
import { confirmAction } from '../shared/confirm';
import { findGroupFunctions, quoteList } from '../shared/deployed-functions';
import { readJsonArgument } from '../shared/json-argument';
import { writeJson } from '../shared/output';

/** `source` of the events that this command publishes. */
const SOURCE = 'katamari.cli';

export interface EmitOptions extends CommonOptions {
  /** Name of the event. */
  readonly name: string;
  /** JSON argument with the data of the event. */
  readonly data?: string;
}

/**
 * Publishes an event on the event bus of a group.
 *
 * @returns false when the person answers no
 */
export async function emitEvent(context: InteractiveContext, options: EmitOptions): Promise<boolean> {
  const { target, output } = context;
  const { name, group, json } = options;
  const data = await readJsonArgument(options.data);
  const functions = await findGroupFunctions(target, { group });
  const buses = new Map(functions.flatMap((fn) => (fn.eventBus ? [[fn.eventBus, fn.group ?? ''] as const] : [])));
  if (buses.size > 1) {
    const groups = [...buses.values()];
    throw new CommandError(
      `an event goes to the event bus of one group; available: ${quoteList(groups)}`,
      `Pass --group, such as --group '${groups[0]}'.`,
    );
  }
  const [[bus, ofGroup] = []] = buses;
  if (bus === undefined) throw new CommandError('no deployed group has an event bus');
  if (!(await confirmAction(context, { text: `Publish '${name}'` }))) return false;
  const eventId = await publish(name, data, bus, new EventBridgeClient(sdkSettings(target.settings)));
  const { colors } = output;
  if (json) writeJson(output, { eventId, name, group: ofGroup ?? null, bus, data: data ? parseJson(data.text) : null });
  else output.line(`${colors.green('published')} ${colors.bold(name)} ${colors.dim(`${eventId} on ${bus}`)}`);
  return true;
}

async function publish(name: string, data: unknown, bus: string, client: EventBridgeClient): Promise<string> {
  try {
    return await emit(name, data, { bus, client, source: SOURCE });
  } catch (error) {
    if (error instanceof InvalidEventError) throw new CommandError(error.message, undefined, { cause: error });
    // The cause, if there is one, is an error of the connection, which is explained as for every command.
    if (error instanceof EmitError) throw error.cause ?? new CommandError(error.message, undefined, { cause: error });
    throw error;
  }
}
