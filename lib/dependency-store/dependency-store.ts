import { AssetHashType, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { builtHandlerDirectory } from '../packaging/handler-code';
import { treeOf } from '../packaging/python/tree';
import { DEFAULT_ARCHITECTURE, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from './constants';
import { chooseTarget, requireDifferentNames, requireOneVersionEach, requireRoom } from './dependency-rules';
import { type DependencyContent, type DependencyTarget, filesOf, type StoredDependency } from './stored-dependency';
import { ZipCache } from './zip-cache';

/** Names and values of all variables together. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_MAX_BYTES = 4_096;

/** Properties of a dependency store. */
export interface DependencyStoreProps {
  /** What it keeps: one dependency or more, each of another name, and packages of one language. */
  readonly dependencies: StoredDependency[];

  /**
   * Runtime of the functions that load from it.
   *
   * @default - nodejs24.x for npm packages, python3.13 for Python packages; any for directories alone
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Processor architecture of the functions that load from it.
   *
   * @default - lambda.Architecture.ARM_64; any for directories alone
   */
  readonly architecture?: lambda.Architecture;
}

interface StoredAsset {
  readonly asset: assets.Asset;
  readonly zip: StoredZip;
}

/** The stores of each function. */
const storesOf = new WeakMap<lambda.Function, ReadonlySet<DependencyStore>>();

/**
 * Packages, models and other files that are too heavy for the 250 MB of a function and its layers. They lie in S3 and are
 * loaded to `/tmp` when a function starts: in Python by `load_dependencies`, in Node.js by `loadDependencies`.
 *
 * Each dependency is a zip in the bucket of the CDK's own assets, named by the hash of its content: what is there already is
 * not uploaded again.
 */
export class DependencyStore extends Construct {
  /** Names by which functions load what is in it. */
  public readonly dependencyNames: string[];

  /** Runtime of the functions that load from it; none where any may. */
  public readonly runtime?: lambda.Runtime;

  /** Processor architecture of the functions that load from it; none where any may. */
  public readonly architecture?: lambda.Architecture;

  private readonly stored = new Map<string, StoredAsset>();

  /**
   * Installs and packs what was not packed before, which takes a while for large packages.
   *
   * @throws when a dependency can't be installed for the runtime and the architecture, two have the same name, or two hold
   * different versions of a Python package
   */
  public constructor(scope: Construct, id: string, props: DependencyStoreProps) {
    super(scope, id);
    requireDifferentNames(this, props.dependencies);
    const { runtime, architecture } = chooseTarget(this, props);
    this.runtime = runtime;
    this.architecture = architecture;
    this.dependencyNames = props.dependencies.map(({ name }) => name);
    const contents = new Map(props.dependencies.map((dependency) => [dependency.name, this.contentOf(dependency)]));
    requireOneVersionEach(this, contents);
    for (const [name, content] of contents) this.stored.set(name, this.store(name, content));
  }

  /**
   * Lets a function load everything in the store: two environment variables say where it is, and a grant allows `s3:GetObject`
   * on the zips of the CDK's bucket (and the use of its key, where its owner has named one). It is not for the current zips
   * alone: published versions of the function go on loading those that were current in their time. A function may have
   * several stores.
   *
   * @param fn of the same stack, runtime and architecture; its `ephemeralStorageSize` must hold every zip and its files
   * @throws when it is not, when two of its stores hold different dependencies of the same name, or when the variables would be
   * longer than 4 KB
   */
  public addTo(fn: lambda.Function): iam.Grant {
    this.requireFit(fn);
    const before = storesOf.get(fn);
    const stores = new Set([...(before ?? []), this]);
    const zips = this.zipsOf(fn, stores);
    requireRoom(fn, zips);
    this.requireShort(fn, zips);
    if (!before) this.setVariables(fn);
    storesOf.set(fn, stores);
    return this.grantRead(fn);
  }

  private get bucketName(): string {
    const [first] = this.stored.values();
    return first?.asset.s3BucketName ?? '';
  }

  private contentOf(dependency: StoredDependency): DependencyContent {
    if (!Stack.of(this).bundlingRequired) {
      const directory = builtHandlerDirectory('not-bundled');
      return { key: directory, files: () => filesOf(directory, treeOf(directory)), packages: [] };
    }
    const { runtime = DEFAULT_PYTHON_RUNTIME, architecture = DEFAULT_ARCHITECTURE } = this;
    const target: DependencyTarget = { runtime, architecture };
    return dependency._read(this, target);
  }

  private store(name: string, { key, files }: DependencyContent): StoredAsset {
    const { path, sha256, size, unpackedSize, files: count } = new ZipCache().zip(key, files, `the dependency '${name}'`);
    const asset = new assets.Asset(this, name.replaceAll('/', '.'), {
      path,
      assetHashType: AssetHashType.CUSTOM,
      assetHash: sha256,
    });
    const digest = Buffer.from(sha256, 'hex').toString('base64url');
    return { asset, zip: [asset.s3ObjectKey, digest, size, unpackedSize, count] };
  }

  private requireFit(fn: lambda.Function): void {
    const pairs: [what: string, ours?: string, theirs?: string][] = [
      ['stack', Stack.of(this).stackName, Stack.of(fn).stackName],
      ['runtime', this.runtime?.name, fn.runtime.name],
      ['architecture', this.architecture?.name, fn.architecture.name],
    ];
    for (const [what, ours, theirs] of pairs) {
      if (ours === undefined || ours === theirs || Token.isUnresolved(ours) || Token.isUnresolved(theirs)) continue;
      throw new ValidationError(
        `the ${what} of a function must be that of its DependencyStore, ${formatValue(ours)} of '${this.node.path}', got: ${formatValue(theirs)}`,
        fn,
      );
    }
  }

  /** What all stores of a function hold. */
  private zipsOf(fn: lambda.Function, stores: ReadonlySet<DependencyStore>): Map<string, StoredZip> {
    const all = [...stores].flatMap((store) => [...store.stored]);
    const merged = new Map<string, StoredZip>();
    for (const [name, { zip }] of all) {
      const before = merged.get(name);
      if (before && before[1] !== zip[1]) {
        throw new ValidationError(
          `dependencies of a function must differ in their names, got two different ones: ${formatValue(name)}`,
          fn,
        );
      }
      merged.set(name, zip);
    }
    const resolved = (store: DependencyStore) => JSON.stringify(Stack.of(this).resolve(store.bucketName));
    if ([...stores].some((store) => resolved(store) !== resolved(this))) {
      throw new ValidationError('the stores of a function must be in one bucket: put their dependencies into one store', fn);
    }
    return merged;
  }

  /** A function takes a variable of this library once: what is in it is known when all stores have been added. */
  private setVariables(fn: lambda.Function): void {
    const text = () => this.toText(this.zipsOf(fn, storesOf.get(fn) ?? new Set()));
    fn.addEnvironment(ENV_DEPENDENCY_BUCKET, this.bucketName);
    fn.addEnvironment(ENV_DEPENDENCIES, Lazy.uncachedString({ produce: text }));
  }

  private toText(zips: ReadonlyMap<string, StoredZip>): string {
    return Stack.of(this).toJsonString(Object.fromEntries(zips));
  }

  private requireShort(fn: lambda.Function, zips: ReadonlyMap<string, StoredZip>): void {
    const resolved: unknown = Stack.of(this).resolve(this.toText(zips));
    const bytes = typeof resolved === 'string' ? ENV_DEPENDENCIES.length + Buffer.byteLength(resolved) : 0;
    if (bytes <= ENVIRONMENT_MAX_BYTES) return;
    throw new ValidationError(
      `the environment of a function may have ${ENVIRONMENT_MAX_BYTES} bytes, got: ${bytes} for ${zips.size} dependencies alone. Keep several packages as one, by StoredDependency.requirements`,
      fn,
    );
  }

  /**
   * Published versions keep the variables that they were published with, and share one role. One of them that starts in a canary,
   * after a rollback or in the midst of a deploy asks for the keys of its own time: so all zips are granted, not the current
   * ones alone. `Asset.grantRead` grants the whole bucket for the same reason.
   */
  private grantRead(grantee: iam.IGrantable): iam.Grant {
    const stored = [...this.stored.values()].map(({ asset }) => asset);
    for (const { bucket } of stored) bucket.encryptionKey?.grantDecrypt(grantee);
    // The same ARN is another token for each asset.
    const arns = stored
      .map((asset) => asset.bucket.arnForObjects(keyPattern(asset)))
      .map((arn) => [JSON.stringify(Stack.of(this).resolve(arn)), arn] as const);
    return iam.Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [...new Map(arns).values()] });
  }
}

/** Keys of an asset as it is, was and will be. */
function keyPattern({ s3ObjectKey, assetHash }: assets.Asset): string {
  // A key that only the deploy knows, or that is not named by the hash, says nothing of its prefix.
  if (Token.isUnresolved(s3ObjectKey) || !s3ObjectKey.includes(assetHash)) return '*.zip';
  return s3ObjectKey.replace(assetHash, '*');
}
