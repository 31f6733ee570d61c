import type { Architecture, FolderCode, S3Code, ZipFileCode } from '../shared/types';

/** A layer version. */
export interface LayerVersion {
  readonly layerName: string;
  readonly layerVersionArn: string;
  readonly version: number;
  readonly description: string;
  readonly compatibleRuntimes: readonly string[];
  readonly compatibleArchitectures: readonly Architecture[];
  readonly licenseInfo?: string;
  readonly createdDate: Date;
}

/** A layer version and the location of its content. */
export interface LayerVersionInfo extends LayerVersion {
  /** URL of the zip, valid for 10 minutes. */
  readonly contentLocation: string;
  /** Size of the zip in bytes. */
  readonly codeSize: number;
  /** SHA-256 of the zip, in Base64. */
  readonly codeSha256: string;
}

/** A layer and its newest version. */
export interface LayerInfo {
  readonly layerName: string;
  readonly layerArn: string;
  readonly latest: LayerVersion;
}

/** Content of a layer: a local zip or folder, or a zip in S3. Python packages go into the subfolder `python`. */
export type LayerContent = ZipFileCode | FolderCode | S3Code;

/** A layer version to publish. */
export interface LayerVersionSpec {
  readonly content: LayerContent;
  /** Identifiers of at most 15 runtimes, such as `python3.13`. @default - none */
  readonly compatibleRuntimes?: readonly string[];
  /** Instruction sets that the layer supports. @default - none */
  readonly compatibleArchitectures?: readonly Architecture[];
  /** Description of at most 256 characters. @default - none */
  readonly description?: string;
  /** SPDX identifier, URL or text of the licence: at most 512 characters. @default - none */
  readonly licenseInfo?: string;
}

/** Options of `prune`. */
export interface PruneLayersOptions {
  /** Number of newest versions of each layer to keep even when no function uses them: a whole number of 0 or more. @default 1 */
  readonly keep?: number;
  /** Whether to report what would be deleted, without deleting it. @default false */
  readonly dryRun?: boolean;
  /** ARNs of layer versions: only these are deleted, such as those that a dry run listed. @default - all unused versions */
  readonly only?: readonly string[];
  /** Name of the only layer to prune. @default - all layers */
  readonly layerName?: string;
}

/** Result of `prune`. Each list has ARNs of layer versions. */
export interface PruneLayersResult {
  /** Deleted versions; with `dryRun`, versions that would be deleted. */
  readonly deleted: readonly string[];
  /** Kept because a function or a function version uses them. */
  readonly inUse: readonly string[];
  /** Kept because they are shared with other accounts, whose functions may use them. */
  readonly shared: readonly string[];
  /** Kept because they are among the newest, or not in `only`. */
  readonly kept: readonly string[];
}
