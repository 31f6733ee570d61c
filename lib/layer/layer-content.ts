import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { unzipSync } from 'fflate';
import { filesBelow } from '../packaging/package-contents';
import { requireSize } from '../packaging/python/package-size';
import { formatValue, ValidationError } from '../private/errors';

/** Which files of a folder become part of a layer. */
export interface LayerFolderOptions {
  /**
   * Patterns of what is left out, as in a .gitignore.
   *
   * @default - everything goes in
   */
  readonly ignore?: string[];
}

/** What is in a layer, in the layout that Lambda knows: `python/`, `nodejs/node_modules/`, `bin/`, `lib/`. */
export class LayerContent {
  /**
   * The files of a folder.
   *
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when it is no folder, or its files have more than 250 MB together
   */
  public static folder(path: string, options: LayerFolderOptions = {}): LayerContent {
    const directory = resolve(path);
    if (!existsSync(directory) || !statSync(directory).isDirectory()) {
      throw new ValidationError(
        `the content of a layer must be a folder below the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new LayerContent((scope, what) => {
      const ignore = options.ignore ?? [];
      const files = filesBelow(directory, ignore);
      requireSize(
        scope,
        what,
        files.map((name) => ({ name, bytes: statSync(join(directory, name)).size })),
      );
      return lambda.Code.fromAsset(directory, { exclude: ignore, ignoreMode: IgnoreMode.GIT });
    });
  }

  /**
   * The files of a zip.
   *
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when it is no zip, or its files have more than 250 MB together
   */
  public static zip(path: string): LayerContent {
    const file = resolve(path);
    if (!file.endsWith('.zip') || !existsSync(file) || !statSync(file).isFile()) {
      throw new ValidationError(
        `the content of a layer must be a .zip below the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new LayerContent((scope, what) => {
      requireSize(scope, what, sizesInZip(scope, file, path));
      return lambda.Code.fromAsset(file);
    });
  }

  /**
   * An asset of the CDK: a folder or a zip. Its size is not checked.
   *
   * @throws when it is a file that is no zip
   */
  public static asset(asset: s3_assets.Asset): LayerContent {
    if (!asset.isZipArchive) {
      throw new ValidationError(`the asset of a layer must be a folder or a zip, got: ${formatValue(asset.assetPath)}`, asset);
    }
    return new LayerContent(() => lambda.Code.fromBucketV2(asset.bucket, asset.s3ObjectKey));
  }

  /**
   * A zip in a bucket. Its size is not checked.
   *
   * @param key of the object; another object under the same key is no change that a deploy would see
   */
  public static bucket(bucket: s3.IBucket, key: string): LayerContent {
    return new LayerContent(() => lambda.Code.fromBucketV2(bucket, key));
  }

  private constructor(
    /** @internal */
    public readonly _bind: (scope: Construct, what: string) => lambda.Code,
  ) {}
}

function sizesInZip(scope: Construct, file: string, path: string): { name: string; bytes: number }[] {
  const sizes: { name: string; bytes: number }[] = [];
  try {
    // It says what is in the zip, and unpacks nothing.
    unzipSync(readFileSync(file), {
      filter: ({ name, originalSize }) => {
        sizes.push({ name, bytes: originalSize });
        return false;
      },
    });
  } catch (error) {
    throw new ValidationError(
      `the content of a layer must be a zip that can be read, got: ${formatValue(path)} (${(error as Error).message})`,
      scope,
    );
  }
  return sizes;
}
