import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { filesOf, isDirectory, isFile } from '../packaging/files';
import { packagedFiles } from '../packaging/package-contents';
import { zipPathError } from '../packaging/package-paths';
import { requireSize } from '../packaging/package-size';
import { StagedPackages } from '../packaging/staged-packages';
import { sizesInZip } from '../packaging/zip-sizes';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown, requireKnownOptions } from '../private/tokens';
import { refuseUnknownOptions } from '../private/unknown-options';

/** Options for the content of a folder. */
export interface LayerFolderOptions {
  /**
   * Patterns of files to leave out, as in a .gitignore. Virtual environments and files with credentials, such as `.env*` and
   * `.netrc`, are left out by default; a pattern that starts with `!` includes files.
   *
   * @default - all other files are added
   */
  readonly ignore?: string[];
}

/**
 * The layer that a content is bound to.
 *
 * @internal
 */
export interface LayerContentBindOptions {
  /** Name of the layer in error messages. */
  readonly name: string;
}

/**
 * A content as a layer uses it.
 *
 * @internal
 */
export interface LayerContentConfig {
  readonly code: lambda.Code;
}

type Bind = (scope: Construct, options: LayerContentBindOptions) => LayerContentConfig;

/** Content of a layer, in the folders that Lambda expects: `python/`, `nodejs/node_modules/`, `bin/` and `lib/`. */
export class LayerContent {
  /**
   * Files of a folder.
   *
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when the folder does not exist, or its files have more than 250 MB together
   */
  public static folder(path: string, options: LayerFolderOptions = {}): LayerContent {
    refuseUnknownOptions('LayerContent.folder', options, { ignore: true });
    requireKnown('the folder of a layer', path);
    requireKnownOptions('the folder of a layer', options);
    const directory = resolve(path);
    if (!isDirectory(directory)) {
      throw new ValidationError(
        `the content of a layer must be an existing folder, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new LayerContent((scope, { name }) => {
      const ignore = options.ignore ?? [];
      const files = filesOf(directory, packagedFiles(directory, ignore));
      const sizes = [...files].map(([file, location]) => ({ name: file, bytes: statSync(location).size }));
      requireSize(scope, name, sizes);
      const staged = new StagedPackages().stage(files);
      const assetHash = { assetHashType: AssetHashType.CUSTOM, assetHash: staged.hash };
      return { code: lambda.Code.fromAsset(staged.directory, assetHash) };
    });
  }

  /**
   * Files of a zip file.
   *
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when the zip file does not exist or is broken, or its files have more than 250 MB together
   */
  public static zip(path: string): LayerContent {
    requireKnown('the zip file of a layer', path);
    const file = resolve(path);
    if (!file.endsWith('.zip') || !isFile(file)) {
      throw new ValidationError(
        `the content of a layer must be an existing .zip file, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new LayerContent((scope, { name }) => {
      requireSize(scope, name, readSizes(scope, file, path));
      return { code: lambda.Code.fromAsset(file) };
    });
  }

  /**
   * An asset of the CDK: a folder or a zip file. Its size is not checked.
   *
   * @throws when the asset is another file
   */
  public static asset(asset: s3_assets.Asset): LayerContent {
    if (!asset.isZipArchive) {
      throw new ValidationError(
        `the asset of a layer must be a folder or a zip file, got: ${formatValue(asset.assetPath)}`,
        asset,
      );
    }
    return new LayerContent(() => ({ code: lambda.Code.fromBucketV2(asset.bucket, asset.s3ObjectKey) }));
  }

  /**
   * A zip file in a bucket. Its size is not checked.
   *
   * @param key key of the object. CloudFormation does not detect a new object under the same key
   */
  public static bucket(bucket: s3.IBucket, key: string): LayerContent {
    return new LayerContent(() => ({ code: lambda.Code.fromBucketV2(bucket, key) }));
  }

  private constructor(private readonly binding: Bind) {}

  /**
   * Checks the content, and returns its code. Called by the layer.
   *
   * @internal
   */
  public _bind(scope: Construct, options: LayerContentBindOptions): LayerContentConfig {
    return this.binding(scope, options);
  }
}

/** Sizes of the files in a zip, whose paths are checked. */
function readSizes(scope: Construct, file: string, path: string): ReturnType<typeof sizesInZip> {
  let sizes: ReturnType<typeof sizesInZip>;
  try {
    sizes = sizesInZip(readFileSync(file));
  } catch (error) {
    throw new ValidationError(
      `the content of a layer must be a valid zip file, got: ${formatValue(path)} (${(error as Error).message})`,
      scope,
    );
  }
  const problem = zipPathError(sizes.map(({ name }) => name));
  if (problem !== undefined) throw new ValidationError(problem, scope);
  return sizes;
}
