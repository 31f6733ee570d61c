import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct, IConstruct } from 'constructs';
import { UNZIPPED_MAX_BYTES } from '../limits/constants';
import { bytesOf, filesOf, isDirectory } from '../packaging/files';
import { sizeError } from '../packaging/package-size';
import { sizesInZip } from '../packaging/zip-sizes';
import { setStateOf, stateOf } from '../private/construct-state';

/** State of the root: sizes of assets, which several functions and layers may share. */
const SIZES = 'asset-sizes';

/**
 * Checks the size of the code and the layers of a function together. Code and layers that are no assets of the app, such as layers of
 * others, count as 0 bytes.
 *
 * @internal
 */
export function sizeErrors(fn: Construct, functionName: string, layers: Iterable<lambda.ILayerVersion>): string[] {
  const parts = [
    { name: 'its code', bytes: assetBytes(fn) },
    ...[...layers].map((layer) => ({ name: `the layer ${layer.node.path}`, bytes: assetBytes(layer) })),
  ];
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return total > UNZIPPED_MAX_BYTES ? [sizeError(`the code and the layers of '${functionName}' together`, parts)] : [];
}

/** Size of the asset of a function or a layer in bytes, unzipped; 0 where it has none. */
function assetBytes(construct: IConstruct): number {
  const asset = construct.node.tryFindChild('Code') as s3_assets.Asset | undefined;
  const outdir = Stage.of(construct)?.outdir;
  if (typeof asset?.assetPath !== 'string' || outdir === undefined) return 0;
  const root = construct.node.root;
  const sizes = stateOf<Map<string, number>>(root, SIZES) ?? new Map<string, number>();
  setStateOf(root, SIZES, sizes);
  const path = resolve(outdir, asset.assetPath);
  const bytes = sizes.get(path) ?? measure(path);
  sizes.set(path, bytes);
  return bytes;
}

function measure(path: string): number {
  if (isDirectory(path)) return [...filesOf(path).values()].reduce((sum, file) => sum + bytesOf(file), 0);
  return path.endsWith('.zip') ? sizesInZip(readFileSync(path)).reduce((sum, { bytes }) => sum + bytes, 0) : 0;
}
