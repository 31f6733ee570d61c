import type { Architecture, FolderCode, S3Code, ZipFileCode } from './types';

/** A version of a layer. */
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

/** A version of a layer with where its content is. */
export interface LayerVersionInfo extends LayerVersion {
  /** URL of the zip, for 10 minutes. */
  readonly contentLocation: string;
  /** Bytes of the zip. */
  readonly codeSize: number;
  /** Base64 of the SHA-256 of the zip. */
  readonly codeSha256: string;
}

/** A layer with its newest version. */
export interface LayerInfo {
  readonly layerName: string;
  readonly layerArn: string;
  readonly latest: LayerVersion;
}

/** The content of a layer: a zip, a folder of this machine, or a zip in S3. Packages of Python belong into its folder `python`. */
export type LayerContent = ZipFileCode | FolderCode | S3Code;

/** A version of a layer to publish. */
export interface LayerVersionSpec {
  readonly content: LayerContent;
  /** Identifiers such as `python3.13`: at most 15. @default - none are named */
  readonly compatibleRuntimes?: readonly string[];
  /** @default - none are named */
  readonly compatibleArchitectures?: readonly Architecture[];
  /** At most 256 characters. @default - none */
  readonly description?: string;
  /** An SPDX identifier, a URL or the text of the licence: at most 512 characters. @default - none */
  readonly licenseInfo?: string;
}

/** What to prune. */
export interface PruneLayersOptions {
  /** Newest versions of each layer to keep though nobody uses them: a whole number from 0 up. @default 1 */
  readonly keep?: number;
  /** Only say what would be deleted. @default false */
  readonly dryRun?: boolean;
  /** ARNs of layer versions: none but these is deleted, such as those that a dry run has shown. @default - all that nobody uses */
  readonly only?: readonly string[];
  /** Of this layer alone. @default - of all layers */
  readonly layerName?: string;
}

/** What was pruned: ARNs of layer versions. */
export interface PruneLayersResult {
  /** Deleted, or to be deleted where it was a dry run. */
  readonly deleted: readonly string[];
  /** Kept, since a function or a version of one uses it. */
  readonly inUse: readonly string[];
  /** Kept, since it is shared with other accounts: what they use is not known. */
  readonly shared: readonly string[];
  /** Kept as one of the newest, or as none of `only`. */
  readonly kept: readonly string[];
}
