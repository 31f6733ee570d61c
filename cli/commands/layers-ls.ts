import { LayerClient, type LayerVersion } from '../../client';
import type { CommandContext } from '../shared/command-context';
import { formatTable, formatTime } from '../shared/format';
import { writeJson } from '../shared/output';

interface ListLayersOptions {
  /** Layer to list all versions of. @default - every layer, with its newest version */
  readonly layer?: string;
  readonly json?: boolean;
}

/** Lists layers with their newest versions, or all versions of one layer. */
export async function listLayers({ target, output }: CommandContext, { layer, json }: ListLayersOptions): Promise<void> {
  const versions =
    layer === undefined
      ? (await LayerClient.list(target.settings)).map(({ latest }) => latest)
      : await new LayerClient(layer, target.settings).versions();
  if (json) {
    writeJson(output, versions.map(toJson));
    return;
  }
  if (versions.length === 0) {
    output.line(layer === undefined ? `no layer is published on ${target.label}` : `layer '${layer}' has no published version`);
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

function toJson({ createdDate, licenseInfo, ...version }: LayerVersion): Record<string, unknown> {
  return { ...version, licenseInfo: licenseInfo ?? null, createdDate: createdDate.toISOString() };
}
