import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import {
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  type GetLayerVersionResponse,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionRequest,
  type LayerVersionsListItem as SdkLayerVersion,
} from '@aws-sdk/client-lambda';
import { invalid, requireWhole } from '../lambda/shared/checks';
import { LAYER_MAX_COMPATIBLE_RUNTIMES, LAYER_NAME, LAYER_NAME_MAX_LENGTH } from '../lib/limits/constants';
import { deleteLayerVersion, prune } from './layer-client/prune';
import type {
  LayerInfo,
  LayerVersion,
  LayerVersionInfo,
  LayerVersionSpec,
  PruneLayersOptions,
  PruneLayersResult,
} from './layer-client/types';
import { AwsClients } from './shared/aws-clients';
import { codeSha256, toSdkCode } from './shared/code';
import { CHECK_NAME } from './shared/error-kinds';
import { IntegrityError, ResourceNotFoundError, ServiceError } from './shared/errors';
import { parseLayerArn, parseLayerVersionArn } from './shared/layer-arn';
import { listFunctions } from './shared/list-functions';
import { allPages } from './shared/pages';
import { callAws, callAwsIfFound } from './shared/service-errors';
import type { FunctionClientOptions } from './shared/types';

/** Time for the download of a layer, which has up to 250 MB. */
const DOWNLOAD_MS = 10 * 60_000;

/** Client for a layer of the account: publishes, downloads and deletes its versions. It throws the errors of `FunctionClient`. */
export class LayerClient {
  private readonly clients: AwsClients;

  /**
   * Creates a client. It sends no request.
   *
   * @param layerName name of the layer: 1 to 140 letters, digits, '-' and '_'
   * @throws InvalidParameterError when `layerName` is not the name of a layer
   */
  public constructor(
    public readonly layerName: string,
    private readonly options: FunctionClientOptions = {},
  ) {
    if (!LAYER_NAME.test(layerName)) {
      throw invalid(`a layer name must have 1 to ${LAYER_NAME_MAX_LENGTH} letters, digits, '-' and '_'`, layerName);
    }
    this.clients = AwsClients.of(options);
  }

  /** Lists all layers of the account in the region, each with its newest version. */
  public static async list(options?: FunctionClientOptions): Promise<LayerInfo[]> {
    const { lambda } = AwsClients.of(options);
    const all = await allPages(
      (Marker) => callAws({ description: 'list layers' }, () => lambda.send(new ListLayersCommand({ Marker }))),
      ({ Layers, NextMarker }) => ({ items: Layers, marker: NextMarker }),
    );
    return all.map(({ LayerName = '', LayerArn = '', LatestMatchingVersion = {} }) => ({
      layerName: LayerName,
      layerArn: LayerArn,
      latest: toVersion(LatestMatchingVersion),
    }));
  }

  /** Lists all layers of the account in the region, indexed by name. */
  public static async listByName(options?: FunctionClientOptions): Promise<Map<string, LayerInfo>> {
    return new Map((await LayerClient.list(options)).map((layer) => [layer.layerName, layer]));
  }

  /** Reads a version by its ARN, which may be a shared version of another account or region. @throws ResourceNotFoundError */
  public static async byArn(layerVersionArn: string, options: FunctionClientOptions = {}): Promise<LayerVersionInfo> {
    const { region } = parseLayerVersionArn(layerVersionArn);
    const { lambda } = AwsClients.of({ ...options, region: options.region ?? region });
    const command = new GetLayerVersionByArnCommand({ Arn: layerVersionArn });
    return toVersionInfo(await callAws({ description: `read layer version '${layerVersionArn}'` }, () => lambda.send(command)));
  }

  /**
   * Deletes the layer versions that no function of the region and no published version of a function uses, except the newest
   * of each layer. Versions that are shared with other accounts are kept.
   */
  public static async prune(pruneOptions: PruneLayersOptions = {}, options?: FunctionClientOptions): Promise<PruneLayersResult> {
    const { keep = 1, dryRun = false, layerName, only } = pruneOptions;
    const clients = AwsClients.of(options);
    // Names that Lambda lists are not validated: an unusual one must not prevent the pruning of other layers.
    const names =
      layerName === undefined
        ? (await LayerClient.list(options)).map((layer) => layer.layerName)
        : [new LayerClient(layerName, options).layerName];
    const layers = [];
    for (const name of names) layers.push(await versionsOf(clients, name));
    // Listed after the layers, so that functions created in the meantime are included.
    return prune({ clients, functions: await listFunctions(clients), layers, keep, dryRun, only });
  }

  /** Whether the layer has at least one version. */
  public async exists(): Promise<boolean> {
    return (await this.latest()) !== undefined;
  }

  /** Lists all versions, newest first. @returns an empty list when the layer does not exist */
  public async versions(): Promise<LayerVersion[]> {
    return versionsOf(this.clients, this.layerName);
  }

  /** Reads the newest version. @returns undefined when the layer has no version */
  public async latest(): Promise<LayerVersion | undefined> {
    // Lambda lists the newest first.
    const { LayerVersions: [newest] = [] } = await pageOf(this.clients, this.layerName, undefined);
    return newest && toVersion(newest);
  }

  /** Reads the number of the newest version. @returns undefined when the layer has no version */
  public async latestVersion(): Promise<number | undefined> {
    return (await this.latest())?.version;
  }

  /** Reads the ARN of the newest version. @returns undefined when the layer has no version */
  public async latestArn(): Promise<string | undefined> {
    return (await this.latest())?.layerVersionArn;
  }

  /**
   * Reads a version and the location of its content.
   *
   * @param version version number; default: the newest version
   * @throws ResourceNotFoundError
   */
  public async info(version?: number): Promise<LayerVersionInfo> {
    requireWhole('version', version, 1, Number.MAX_SAFE_INTEGER);
    const number = version ?? (await this.requireLatest());
    const command = new GetLayerVersionCommand({ LayerName: this.layerName, VersionNumber: number });
    return toVersionInfo(await callAws(this.action(`read version ${number} of`), () => this.clients.lambda.send(command)));
  }

  /** Publishes a version. @throws InvalidParameterError, PayloadTooLargeError, ResourceLimitError */
  public async publish(spec: LayerVersionSpec): Promise<LayerVersionInfo> {
    if ((spec.compatibleRuntimes?.length ?? 0) > LAYER_MAX_COMPATIBLE_RUNTIMES) {
      throw invalid(
        `a layer must have at most ${LAYER_MAX_COMPATIBLE_RUNTIMES} compatible runtimes`,
        spec.compatibleRuntimes?.length,
      );
    }
    const command = new PublishLayerVersionCommand({
      LayerName: this.layerName,
      Content: await toSdkCode(spec.content),
      CompatibleRuntimes: spec.compatibleRuntimes as PublishLayerVersionRequest['CompatibleRuntimes'],
      CompatibleArchitectures: spec.compatibleArchitectures && [...spec.compatibleArchitectures],
      Description: spec.description,
      LicenseInfo: spec.licenseInfo,
    });
    return toVersionInfo(await callAws(this.action('publish'), () => this.clients.lambda.send(command)));
  }

  /**
   * Downloads the zip of a version, checks its checksum, and writes it to a file.
   *
   * @param path path of the file; an existing file is replaced
   * @param version version number; default: the newest version
   * @throws ResourceNotFoundError, IntegrityError, ServiceError
   */
  public async download(path: string, version?: number): Promise<LayerVersionInfo> {
    const info = await this.info(version);
    const bytes = await fetchBytes(info);
    const got = codeSha256(bytes);
    if (got !== info.codeSha256) {
      throw new IntegrityError(`the SHA-256 of ${info.layerVersionArn} must be '${info.codeSha256}', got: '${got}'`, {
        code: 'IntegrityError',
        remedy: 'Download it again. If the error persists, something between you and S3 changes the content.',
      });
    }
    // Written aside first, so that an interrupted process leaves no incomplete file.
    const partial = `${path}.${randomUUID()}.part`;
    try {
      await writeFile(partial, bytes);
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
    return info;
  }

  /** Deletes a version. Functions that use it keep it, but it can't be added to others. @returns whether it existed */
  public async deleteVersion(version: number): Promise<boolean> {
    requireWhole('version', version, 1, Number.MAX_SAFE_INTEGER);
    // The response of Lambda does not tell whether the version existed.
    const command = new GetLayerVersionCommand({ LayerName: this.layerName, VersionNumber: version });
    const found = await callAwsIfFound(this.action(`read version ${version} of`), () => this.clients.lambda.send(command));
    if (!found) return false;
    await deleteLayerVersion(this.clients, { layerName: this.layerName, version });
    return true;
  }

  /** Deletes all versions. @returns the version numbers */
  public async deleteAll(): Promise<number[]> {
    const versions = await this.versions();
    for (const version of versions) await deleteLayerVersion(this.clients, version);
    return versions.map(({ version }) => version);
  }

  /** Deletes the versions of this layer that no function uses: `LayerClient.prune` for one layer. */
  public prune(options: Omit<PruneLayersOptions, 'layerName'> = {}): Promise<PruneLayersResult> {
    return LayerClient.prune({ ...options, layerName: this.layerName }, this.options);
  }

  private async requireLatest(): Promise<number> {
    const latest = await this.latestVersion();
    if (latest !== undefined) return latest;
    throw new ResourceNotFoundError(`could not read layer '${this.layerName}': it has no version`, {
      code: 'ResourceNotFoundException',
      remedy: CHECK_NAME,
    });
  }

  private action(verb: string) {
    return layerAction(verb, this.layerName);
  }
}

/** All versions of a layer, the newest first. */
async function versionsOf(clients: AwsClients, layerName: string): Promise<LayerVersion[]> {
  const all = await allPages(
    (Marker) => pageOf(clients, layerName, Marker),
    ({ LayerVersions, NextMarker }) => ({ items: LayerVersions, marker: NextMarker }),
  );
  return all.map(toVersion).sort((one, other) => other.version - one.version);
}

function pageOf({ lambda }: AwsClients, LayerName: string, Marker: string | undefined) {
  const command = new ListLayerVersionsCommand({ LayerName, Marker });
  return callAws(layerAction('list the versions of', LayerName), () => lambda.send(command));
}

const layerAction = (verb: string, layerName: string) => ({ description: `${verb} layer '${layerName}'` });

async function fetchBytes({ contentLocation, layerVersionArn }: LayerVersionInfo): Promise<Uint8Array> {
  return callAws({ description: `download ${layerVersionArn}` }, async () => {
    const response = await fetch(contentLocation, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new ServiceError(`could not download ${layerVersionArn}: the response has status ${response.status}`, {
      code: String(response.status),
      remedy: 'Try again: the URL is valid for 10 minutes.',
    });
  });
}

function toVersion(response: SdkLayerVersion): LayerVersion {
  const layerVersionArn = response.LayerVersionArn ?? '';
  return {
    layerName: parseLayerArn(layerVersionArn).layerName,
    layerVersionArn,
    version: response.Version ?? 0,
    description: response.Description ?? '',
    compatibleRuntimes: response.CompatibleRuntimes ?? [],
    compatibleArchitectures: response.CompatibleArchitectures ?? [],
    licenseInfo: response.LicenseInfo || undefined,
    createdDate: new Date(response.CreatedDate ?? 0),
  };
}

function toVersionInfo(response: GetLayerVersionResponse): LayerVersionInfo {
  return {
    ...toVersion(response),
    contentLocation: response.Content?.Location ?? '',
    codeSize: response.Content?.CodeSize ?? 0,
    codeSha256: response.Content?.CodeSha256 ?? '',
  };
}
