import { LayerClient, type LayerVersion } from '../../client';
import { confirm } from '../shared/ask';
import type { CommandContext, PersonContext } from '../shared/command-context';
import { formatTable, formatTime } from '../shared/format';

export interface LayersOptions {
  readonly json?: boolean;
}

export interface PruneOptions extends LayersOptions {
  /** Newest versions of each layer to keep. */
  readonly keep: number;
  /** Whether only to say what would be deleted. */
  readonly dryRun?: boolean;
  /** Whether to go on without a question. */
  readonly yes?: boolean;
}

/** Lists layers with their newest versions; of one layer all its versions. */
export async function listLayers(
  { target, output }: CommandContext,
  layer: string | undefined,
  options: LayersOptions,
): Promise<void> {
  const versions =
    layer === undefined
      ? (await LayerClient.list(target.settings)).map(({ latest }) => latest)
      : await new LayerClient(layer, target.settings).versions();
  if (options.json) {
    output.line(JSON.stringify(versions.map(toJson), undefined, 2));
    return;
  }
  if (versions.length === 0) {
    output.line(layer === undefined ? `no layer is published on ${target.label}` : `no version of layer '${layer}' is published`);
    return;
  }
  const { colors, width } = output;
  const columns = [
    { title: 'LAYER', text: (row: LayerVersion) => row.layerName, paint: (text: string) => colors.bold(text) },
    { title: 'VERSION', text: (row: LayerVersion) => String(row.version) },
    { title: 'CREATED', text: (row: LayerVersion) => formatTime(row.createdDate.getTime()) },
    { title: 'RUNTIMES', text: (row: LayerVersion) => row.compatibleRuntimes.join(', ') || 'any' },
    { title: 'ARCHITECTURES', text: (row: LayerVersion) => row.compatibleArchitectures.join(', ') || 'any' },
    { title: 'DESCRIPTION', text: (row: LayerVersion) => row.description },
  ];
  for (const line of formatTable(versions, columns, width, colors)) output.line(line);
}

/**
 * Deletes the layer versions that no function uses, but for the newest of each layer.
 *
 * @returns false when the person has said no
 */
export async function pruneLayers(
  { target, output, input, signal }: PersonContext,
  layer: string | undefined,
  options: PruneOptions,
): Promise<boolean> {
  const what = { keep: options.keep, layerName: layer };
  const planned = await LayerClient.prune({ ...what, dryRun: true }, target.settings);
  const { colors } = output;
  if (!options.json) for (const arn of planned.deleted) output.line(`${colors.dim('unused')} ${arn}`);
  const nothing = planned.deleted.length === 0;
  const asks = !nothing && !options.dryRun && !options.yes;
  const count = `${planned.deleted.length} version${planned.deleted.length === 1 ? '' : 's'}`;
  if (asks && !(await confirm(`Delete ${count} on ${target.label}? They can't be restored.`, input, signal))) return false;
  // What has come to be used meanwhile stays, and so does what has come to be unused: nobody was asked about it.
  const result =
    nothing || options.dryRun ? planned : await LayerClient.prune({ ...what, only: planned.deleted }, target.settings);
  if (options.json) {
    output.line(JSON.stringify({ dryRun: Boolean(options.dryRun), ...result }, undefined, 2));
    return true;
  }
  const shared = result.shared.length > 0 ? `, ${result.shared.length} shared with other accounts` : '';
  const kept = `kept: ${result.inUse.length} in use, ${result.kept.length} newest${shared}`;
  const done = options.dryRun ? `${count} would be deleted` : `${result.deleted.length} deleted`;
  output.line(`${nothing ? 'nothing to delete' : done} ${colors.dim(`(${kept})`)}`);
  return true;
}

function toJson({ createdDate, licenseInfo, ...version }: LayerVersion): Record<string, unknown> {
  return { ...version, licenseInfo: licenseInfo ?? null, createdDate: createdDate.toISOString() };
}
