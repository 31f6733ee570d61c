import { DeleteLayerVersionCommand, GetLayerVersionPolicyCommand, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import type { AwsClients } from '../shared/aws-clients';
import { allPages } from '../shared/pages';
import { callAws, callAwsIfFound, functionAction } from '../shared/service-errors';
import type { FunctionConfiguration } from '../shared/types';
import type { LayerVersion, PruneLayersResult } from './types';

interface PruneInput {
  readonly clients: AwsClients;
  readonly functions: readonly FunctionConfiguration[];
  /** Versions of each layer, newest first. */
  readonly layers: readonly (readonly LayerVersion[])[];
  readonly keep: number;
  readonly dryRun: boolean;
  /** ARNs of the versions that may be deleted; undefined: all. */
  readonly only?: readonly string[];
}

/** Deletes the layer versions that no function of the region uses, except the newest of each layer. */
export async function prune({ clients, functions, layers, keep, dryRun, only }: PruneInput): Promise<PruneLayersResult> {
  if (!Number.isInteger(keep) || keep < 0) throw invalid('keep must be a whole number of 0 or more', keep);
  const used = await usedLayers(clients, functions);
  const result = { deleted: [] as string[], inUse: [] as string[], shared: [] as string[], kept: [] as string[] };
  for (const versions of layers) {
    for (const [index, version] of versions.entries()) {
      const arn = version.layerVersionArn;
      if (used.has(arn)) result.inUse.push(arn);
      else if (index < keep) result.kept.push(arn);
      else if (await isShared(clients, version)) result.shared.push(arn);
      else if (only && !only.includes(arn)) result.kept.push(arn);
      else result.deleted.push(arn);
    }
  }
  if (!dryRun) {
    const doomed = new Set(result.deleted);
    for (const version of layers.flat()) if (doomed.has(version.layerVersionArn)) await deleteLayerVersion(clients, version);
  }
  return result;
}

export async function deleteLayerVersion(clients: AwsClients, { layerName, version }: { layerName: string; version: number }) {
  const command = new DeleteLayerVersionCommand({ LayerName: layerName, VersionNumber: version });
  await callAws({ description: `delete version ${version} of layer '${layerName}'` }, () => clients.lambda.send(command));
}

/** Layers of the functions and of all their published versions: an alias may point to any of them, now or later. */
async function usedLayers(clients: AwsClients, functions: readonly FunctionConfiguration[]): Promise<Set<string>> {
  const used = new Set(functions.flatMap(({ layers }) => layers));
  for (const { functionName } of functions) {
    const versions = await allPages(
      (Marker) =>
        // A function that was deleted in the meantime uses no layers.
        callAwsIfFound(functionAction('list the versions of', functionName), () =>
          clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: functionName, Marker })),
        ),
      (page) => ({ items: page?.Versions, marker: page?.NextMarker }),
    );
    for (const { Arn } of versions.flatMap(({ Layers = [] }) => Layers)) if (Arn) used.add(Arn);
  }
  return used;
}

async function isShared(clients: AwsClients, { layerName, version }: LayerVersion): Promise<boolean> {
  const command = new GetLayerVersionPolicyCommand({ LayerName: layerName, VersionNumber: version });
  const action = { description: `read the policy of version ${version} of layer '${layerName}'` };
  const response = await callAwsIfFound(action, () => clients.lambda.send(command));
  return (JSON.parse(response?.Policy ?? '{}').Statement ?? []).length > 0;
}
