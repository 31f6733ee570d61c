import { LayerClient } from '../../client';
import type { InteractiveContext } from '../shared/command-context';
import { confirmAction, requireChoice } from '../shared/confirm';
import { writeJson } from '../shared/output';

export interface PruneLayersOptions {
  /** @default - every layer */
  readonly layer?: string;
  /** Newest versions of each layer to keep. */
  readonly keep: number;
  /** Whether to show what would be deleted, without deleting. */
  readonly dryRun?: boolean;
  /** Whether to delete without asking. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/**
 * Deletes the layer versions that no function uses, except the newest of each layer.
 *
 * @returns false when the person answers no
 */
export async function pruneLayers(
  { target, output, input, signal }: InteractiveContext,
  { layer, keep, dryRun = false, yes, json }: PruneLayersOptions,
): Promise<boolean> {
  if (!dryRun) requireChoice(target, `Delete unused versions of ${layer ?? 'all layers'}`, input);
  const which = { keep, layerName: layer };
  const planned = await LayerClient.prune({ ...which, dryRun: true }, target.settings);
  const { colors } = output;
  if (!json) for (const arn of planned.deleted) output.line(`${colors.dim('unused')} ${arn}`);
  const nothing = planned.deleted.length === 0;
  const count = `${planned.deleted.length} version${planned.deleted.length === 1 ? '' : 's'}`;
  const action = { text: `Delete ${count} for good`, yes: yes ?? false };
  if (!nothing && !dryRun && !(await confirmAction({ target, input, signal }, action))) return false;
  // Only the versions that were shown: one that came into use since then stays, and so does one that became unused.
  const result = nothing || dryRun ? planned : await LayerClient.prune({ ...which, only: planned.deleted }, target.settings);
  if (json) {
    writeJson(output, { dryRun, ...result });
    return true;
  }
  const shared = result.shared.length > 0 ? `, ${result.shared.length} shared with other accounts` : '';
  const kept = `kept: ${result.inUse.length} in use, ${result.kept.length} newest${shared}`;
  const done = dryRun ? `${count} would be deleted` : `${result.deleted.length} deleted`;
  output.line(`${nothing ? 'nothing to delete' : done} ${colors.dim(`(${kept})`)}`);
  return true;
}
