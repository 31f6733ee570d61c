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
import { listFunctions } from './function-client/account';
import { AwsClients } from './function-client/clients';
import { codeSha256, toSdkCode } from './function-client/code';
import { IntegrityError, ResourceNotFoundError, ServiceError } from './function-client/errors';
import { parseLayerArn } from './function-client/layer-arn';
import type {
  LayerInfo,
  LayerVersion,
  LayerVersionInfo,
  LayerVersionSpec,
  PruneLayersOptions,
  PruneLayersResult,
} from './function-client/layer-types';
import { allPages } from './function-client/pages';
import { deleteLayerVersion, prune } from './function-client/prune';
import { attempt, attemptIfThere } from './function-client/service-errors';
import type { FunctionClientOptions } from './function-client/types';

/** Operates a layer of the account in a region. Its errors are those of `FunctionClient`. */
export class LayerClient {
  private readonly clients: AwsClients;

  /**
   * No request is made.
   *
   * @param layerName 1 to 140 letters, digits, '-' and '_'
   * @throws InvalidParameterError when it is no name of a layer
   */
  public constructor(
    public readonly layerName: string,
    private readonly options: FunctionClientOptions = {},
  ) {
    if (!/^[a-zA-Z0-9-_]{1,140}$/.test(layerName)) {
      throw invalid("the name of a layer must have 1 to 140 letters, digits, '-' and '_'", layerName);
    }
    this.clients = AwsClients.of(options);
  }

  /** All layers of the account in the region, each with its newest version. */
  public static async list(options?: FunctionClientOptions): Promise<LayerInfo[]> {
    const { lambda } = AwsClients.of(options);
    const all = await allPages(
      (Marker) => attempt({ doing: 'list layers' }, () => lambda.send(new ListLayersCommand({ Marker }))),
      ({ Layers, NextMarker }) => ({ items: Layers, marker: NextMarker }),
    );
    return all.map(({ LayerName = '', LayerArn = '', LatestMatchingVersion = {} }) => ({
      layerName: LayerName,
      layerArn: LayerArn,
      latest: toVersion(LatestMatchingVersion),
    }));
  }

  /** All layers of the account in the region, by their names. */
  public static async listByName(options?: FunctionClientOptions): Promise<Map<string, LayerInfo>> {
    return new Map((await LayerClient.list(options)).map((layer) => [layer.layerName, layer]));
  }

  /** A version by its ARN, of another account or region as well where it is shared. @throws ResourceNotFoundError */
  public static async byArn(layerVersionArn: string, options: FunctionClientOptions = {}): Promise<LayerVersionInfo> {
    const { version } = parseLayerArn(layerVersionArn);
    if (version === undefined) throw invalid('the ARN of a layer version must end with its number', layerVersionArn);
    const { lambda } = AwsClients.of({ ...options, region: options.region ?? layerVersionArn.split(':')[3] });
    const command = new GetLayerVersionByArnCommand({ Arn: layerVersionArn });
    return toVersionInfo(await attempt({ doing: `read layer version '${layerVersionArn}'` }, () => lambda.send(command)));
  }

  /**
   * Deletes the layer versions that no function of the region uses, and no published version of one, but the newest of each
   * layer. Those that are shared with other accounts stay.
   */
  public static async prune(pruneOptions: PruneLayersOptions = {}, options?: FunctionClientOptions): Promise<PruneLayersResult> {
    const { keep = 1, dryRun = false, layerName, only } = pruneOptions;
    const clients = AwsClients.of(options);
    // A name that Lambda has said is not judged again: one that is odd must not keep all others from being pruned.
    const names =
      layerName === undefined
        ? (await LayerClient.list(options)).map((layer) => layer.layerName)
        : [new LayerClient(layerName, options).layerName];
    const layers = [];
    for (const name of names) layers.push(await versionsOf(clients, name));
    // After the layers, so that a function that has come meanwhile is seen.
    return prune({ clients, functions: await listFunctions(clients), layers, keep, dryRun, only });
  }

  /** Whether the layer has a version. */
  public async exists(): Promise<boolean> {
    return (await this.latest()) !== undefined;
  }

  /** All versions, the newest first; none when the layer is not there. */
  public async versions(): Promise<LayerVersion[]> {
    return versionsOf(this.clients, this.layerName);
  }

  /** The newest version; undefined when the layer has none. */
  public async latest(): Promise<LayerVersion | undefined> {
    // Lambda lists the newest first.
    const { LayerVersions: [newest] = [] } = await pageOf(this.clients, this.layerName, undefined);
    return newest && toVersion(newest);
  }

  /** Number of the newest version; undefined when the layer has none. */
  public async latestVersion(): Promise<number | undefined> {
    return (await this.latest())?.version;
  }

  /** ARN of the newest version; undefined when the layer has none. */
  public async latestArn(): Promise<string | undefined> {
    return (await this.latest())?.layerVersionArn;
  }

  /** A version and where its content is. @param version its number, the newest by default @throws ResourceNotFoundError */
  public async info(version?: number): Promise<LayerVersionInfo> {
    requireWhole('version', version, 1, Number.MAX_SAFE_INTEGER);
    const number = version ?? (await this.requireLatest());
    const command = new GetLayerVersionCommand({ LayerName: this.layerName, VersionNumber: number });
    return toVersionInfo(await attempt(this.subject(`read version ${number} of`), () => this.clients.lambda.send(command)));
  }

  /** Publishes a version. @throws InvalidParameterError, PayloadTooLargeError, ResourceLimitError */
  public async publish(spec: LayerVersionSpec): Promise<LayerVersionInfo> {
    if ((spec.compatibleRuntimes?.length ?? 0) > 15) {
      throw invalid('a layer must have at most 15 compatible runtimes', spec.compatibleRuntimes?.length);
    }
    const command = new PublishLayerVersionCommand({
      LayerName: this.layerName,
      Content: await toSdkCode(spec.content),
      CompatibleRuntimes: spec.compatibleRuntimes as PublishLayerVersionRequest['CompatibleRuntimes'],
      CompatibleArchitectures: spec.compatibleArchitectures && [...spec.compatibleArchitectures],
      Description: spec.description,
      LicenseInfo: spec.licenseInfo,
    });
    return toVersionInfo(await attempt(this.subject('publish'), () => this.clients.lambda.send(command)));
  }

  /**
   * Writes the zip of a version into a file, once it is found to be what its checksum says.
   *
   * @param path of the file; one that is there is replaced
   * @param version its number, the newest by default
   * @throws ResourceNotFoundError, IntegrityError, ServiceError
   */
  public async download(path: string, version?: number): Promise<LayerVersionInfo> {
    const info = await this.info(version);
    const bytes = await fetchBytes(info);
    const got = codeSha256(bytes);
    if (got !== info.codeSha256) {
      throw new IntegrityError(`the SHA-256 of ${info.layerVersionArn} must be '${info.codeSha256}', got: '${got}'`, {
        code: 'IntegrityError',
        remedy: 'Download it again; if it stays, something on the way changes it.',
      });
    }
    // Beside it first: a process that ends meanwhile leaves no half of a file.
    const partial = `${path}.${randomUUID()}.part`;
    try {
      await writeFile(partial, bytes);
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
    return info;
  }

  /** Deletes a version. Functions that have it keep it; none can be given it any more. @returns whether it was there */
  public async deleteVersion(version: number): Promise<boolean> {
    requireWhole('version', version, 1, Number.MAX_SAFE_INTEGER);
    // Lambda answers the same whether there was one or not.
    const command = new GetLayerVersionCommand({ LayerName: this.layerName, VersionNumber: version });
    const found = await attemptIfThere(this.subject(`read version ${version} of`), () => this.clients.lambda.send(command));
    if (!found) return false;
    await deleteLayerVersion(this.clients, { layerName: this.layerName, version });
    return true;
  }

  /** Deletes all versions. @returns their numbers */
  public async deleteAll(): Promise<number[]> {
    const versions = await this.versions();
    for (const version of versions) await deleteLayerVersion(this.clients, version);
    return versions.map(({ version }) => version);
  }

  /** Deletes the versions of this layer that nothing uses: `LayerClient.prune` for one layer. */
  public prune(options: Omit<PruneLayersOptions, 'layerName'> = {}): Promise<PruneLayersResult> {
    return LayerClient.prune({ ...options, layerName: this.layerName }, this.options);
  }

  private async requireLatest(): Promise<number> {
    const latest = await this.latestVersion();
    if (latest !== undefined) return latest;
    throw new ResourceNotFoundError(`could not read layer '${this.layerName}': it has no version`, {
      code: 'ResourceNotFoundException',
      remedy: 'Check the name, the region and the account: LayerClient.list shows what is there.',
    });
  }

  private subject(verb: string) {
    return ofLayer(verb, this.layerName);
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
  return attempt(ofLayer('list the versions of', LayerName), () => lambda.send(command));
}

const ofLayer = (verb: string, layerName: string) => ({ doing: `${verb} layer '${layerName}'` });

async function fetchBytes({ contentLocation, layerVersionArn }: LayerVersionInfo): Promise<Uint8Array> {
  return attempt({ doing: `download ${layerVersionArn}` }, async () => {
    const response = await fetch(contentLocation);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new ServiceError(`could not download ${layerVersionArn}: the answer was ${response.status}`, {
      code: String(response.status),
      remedy: 'Try again: the URL holds for 10 minutes.',
    });
  });
}

function toVersion(answer: SdkLayerVersion): LayerVersion {
  const layerVersionArn = answer.LayerVersionArn ?? '';
  return {
    layerName: parseLayerArn(layerVersionArn).layerName,
    layerVersionArn,
    version: answer.Version ?? 0,
    description: answer.Description ?? '',
    compatibleRuntimes: answer.CompatibleRuntimes ?? [],
    compatibleArchitectures: answer.CompatibleArchitectures ?? [],
    licenseInfo: answer.LicenseInfo || undefined,
    createdDate: new Date(answer.CreatedDate ?? 0),
  };
}

function toVersionInfo(answer: GetLayerVersionResponse): LayerVersionInfo {
  return {
    ...toVersion(answer),
    contentLocation: answer.Content?.Location ?? '',
    codeSize: answer.Content?.CodeSize ?? 0,
    codeSha256: answer.Content?.CodeSha256 ?? '',
  };
}
