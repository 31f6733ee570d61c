import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct, IConstruct } from 'constructs';
import { UNZIPPED_MAX_BYTES } from '../limits/constants';
import { bytesOf, filesOf, isDirectory } from '../packaging/files';
import { pathError, zipPathError } from '../packaging/package-paths';
import { sizeError } from '../packaging/package-size';
import { sizesInZip } from '../packaging/zip-sizes';
import { setStateOf, stateOf } from '../private/construct-state';

/** Content of an asset. */
interface Content {
  /** Size in bytes, unzipped. */
  readonly bytes: number;
  /** Problem with a path in it. */
  readonly error?: string;
}

const NO_CONTENT: Content = { bytes: 0 };

/** State of the root: contents of assets, which several functions and layers may share. */
const CONTENTS = 'asset-contents';

/**
 * Checks the code and the layers of a function: their paths, and their size together. Code and layers that are no assets of the app,
 * such as layers of others, count as 0 bytes.
 *
 * @internal
 */
export function assetErrors(fn: Construct, functionName: string, layers: Iterable<lambda.ILayerVersion>): string[] {
  const parts = [
    { name: 'its code', ...contentOf(fn) },
    ...[...layers].map((layer) => ({ name: `the layer ${layer.node.path}`, ...contentOf(layer) })),
  ];
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...parts.flatMap(({ error }) => error ?? []),
    ...(total > UNZIPPED_MAX_BYTES ? [sizeError(`the code and the layers of '${functionName}' together`, parts)] : []),
  ];
}

function contentOf(construct: IConstruct): Content {
  const asset = construct.node.tryFindChild('Code') as s3_assets.Asset | undefined;
  const outdir = Stage.of(construct)?.outdir;
  if (typeof asset?.assetPath !== 'string' || outdir === undefined) return NO_CONTENT;
  const root = construct.node.root;
  const contents = stateOf<Map<string, Content>>(root, CONTENTS) ?? new Map<string, Content>();
  setStateOf(root, CONTENTS, contents);
  const path = resolve(outdir, asset.assetPath);
  const content = contents.get(path) ?? read(path);
  contents.set(path, content);
  return content;
}

function read(path: string): Content {
  if (isDirectory(path)) {
    const files = filesOf(path);
    return { bytes: [...files.values()].reduce((sum, file) => sum + bytesOf(file), 0), error: pathError(files.keys()) };
  }
  if (!path.endsWith('.zip')) return NO_CONTENT;
  let sizes: ReturnType<typeof sizesInZip>;
  try {
    sizes = sizesInZip(readFileSync(path));
  } catch {
    // Lambda tells what is wrong with it.
    return NO_CONTENT;
  }
  return { bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0), error: zipPathError(sizes.map(({ name }) => name)) };
}
