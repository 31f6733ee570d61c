import { AssetHashType, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { ENVIRONMENT_MAX_BYTES } from '../limits/constants';
import { filesOf } from '../packaging/files';
import { builtHandlerDirectory } from '../packaging/handler-code';
import { setStateOf, stateOf } from '../private/construct-state';
import { DEFAULT_ARCHITECTURE, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { refuseUnknownOptions } from '../private/unknown-options';
import { ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from './constants';
import { chooseTarget, requireDifferentNames, requireOneVersionEach, requireRoom } from './dependency-rules';
import type { StoredDependency, StoredDependencyConfig } from './stored-dependency';
import { ZipCache } from './zip-cache';

/** Properties of a dependency store. */
export interface DependencyStoreProps {
  /** Dependencies: at least one, with different names, and with packages of one language. */
  readonly dependencies: StoredDependency[];

  /**
   * Runtime of the functions that load the dependencies.
   *
   * @default - nodejs24.x for npm packages, python3.13 for Python packages, any runtime for only directories
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Processor architecture of the functions that load the dependencies.
   *
   * @default - lambda.Architecture.ARM_64 for packages, any architecture for only directories
   */
  readonly architecture?: lambda.Architecture;
}

interface StoredAsset {
  readonly asset: assets.Asset;
  readonly zip: StoredZip;
}

/** State of a function: its stores. */
const STORES = 'dependency-stores';

/**
 * Packages, models and other files that exceed the limit of 250 MB for a function and its layers. They are stored in Amazon S3, and
 * functions load them to `/tmp` when they start: with `load_dependencies` in Python, with `loadDependencies` in Node.js.
 *
 * Each dependency is a zip in the bucket of the CDK's own assets, named by the hash of its content. It is uploaded only when it
 * changes.
 */
export class DependencyStore extends Construct {
  /** Names by which functions load the dependencies. */
  public readonly dependencyNames: string[];

  /** Runtime of the functions that load the dependencies. Undefined for any runtime. */
  public readonly runtime?: lambda.Runtime;

  /** Processor architecture of the functions that load the dependencies. Undefined for any architecture. */
  public readonly architecture?: lambda.Architecture;

  private readonly stored = new Map<string, StoredAsset>();

  /**
   * Installs and packs new dependencies, which takes a while for large packages.
   *
   * @throws when a dependency cannot be installed for the runtime and the architecture, or two dependencies have the same name or
   * contain different versions of a Python package
   */
  public constructor(scope: Construct, id: string, props: DependencyStoreProps) {
    super(scope, id);
    refuseUnknownOptions('a DependencyStore', props, { architecture: true, dependencies: true, runtime: true }, this);
    requireDifferentNames(this, props.dependencies);
    const { runtime, architecture } = chooseTarget(this, props);
    this.runtime = runtime;
    this.architecture = architecture;
    this.dependencyNames = props.dependencies.map(({ name }) => name);
    const configs = new Map(props.dependencies.map((dependency) => [dependency.name, this.bind(dependency)]));
    requireOneVersionEach(this, configs);
    for (const [name, config] of configs) this.stored.set(name, this.store(name, config));
  }

  /**
   * Lets a function load all dependencies of the store. Adds two environment variables, and a grant for `s3:GetObject` on all zips in
   * the CDK's bucket, and for its KMS key where the synthesizer names one. The grant covers all zips because published versions of
   * the function load the zips that were deployed with them. A function may have several stores.
   *
   * @param fn function of the same stack, runtime and architecture; its `ephemeralStorageSize` must hold all zips and their files
   * @throws when the function does not match the store, two of its stores have different dependencies of the same name, or its
   * environment variables exceed 4 KB
   */
  public addTo(fn: lambda.Function): iam.Grant {
    this.requireFit(fn);
    const before = storesOf(fn);
    const stores = new Set([...(before ?? []), this]);
    const zips = this.zipsOf(fn, stores);
    requireRoom(fn, zips);
    this.requireShort(fn, zips);
    if (!before) this.setVariables(fn);
    setStateOf<ReadonlySet<DependencyStore>>(fn, STORES, stores);
    return this.grantRead(fn);
  }

  private get bucketName(): string {
    const [first] = this.stored.values();
    return first?.asset.s3BucketName ?? '';
  }

  private bind(dependency: StoredDependency): StoredDependencyConfig {
    if (!Stack.of(this).bundlingRequired) {
      const directory = builtHandlerDirectory('not-bundled');
      return { key: directory, files: () => filesOf(directory), packages: [] };
    }
    const { runtime = DEFAULT_PYTHON_RUNTIME, architecture = DEFAULT_ARCHITECTURE } = this;
    return dependency._bind(this, { runtime, architecture });
  }

  private store(name: string, { key, files }: StoredDependencyConfig): StoredAsset {
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
        `the ${what} of a function must match its DependencyStore '${this.node.path}', which has ${formatValue(ours)}, got: ${formatValue(theirs)}`,
        fn,
      );
    }
  }

  /** Zips of all stores of a function. */
  private zipsOf(fn: lambda.Function, stores: ReadonlySet<DependencyStore>): Map<string, StoredZip> {
    const all = [...stores].flatMap((store) => [...store.stored]);
    const merged = new Map<string, StoredZip>();
    for (const [name, { zip }] of all) {
      const before = merged.get(name);
      if (before && before[1] !== zip[1]) {
        throw new ValidationError(
          `the dependencies of a function must have different names, got: two different dependencies ${formatValue(name)}`,
          fn,
        );
      }
      merged.set(name, zip);
    }
    const resolved = (store: DependencyStore) => JSON.stringify(Stack.of(this).resolve(store.bucketName));
    if ([...stores].some((store) => resolved(store) !== resolved(this))) {
      throw new ValidationError(
        'the DependencyStores of a function must use one bucket, got: several; put the dependencies into one store',
        fn,
      );
    }
    return merged;
  }

  /** The value is produced at the end of the synth, when all stores were added: a function accepts a variable only once. */
  private setVariables(fn: lambda.Function): void {
    const text = () => this.toText(this.zipsOf(fn, storesOf(fn) ?? new Set()));
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
      `the environment variables of a function must be at most ${ENVIRONMENT_MAX_BYTES} bytes, got: ${bytes} for its ${zips.size} dependencies; combine packages with StoredDependency.requirements`,
      fn,
    );
  }

  /**
   * Published versions keep their environment variables, and share one role. A version that starts in a canary, after a rollback or
   * during a deploy reads the keys that were deployed with it. Therefore all zips are granted, not only the current ones. `Asset.grantRead`
   * grants the whole bucket for the same reason.
   */
  private grantRead(grantee: iam.IGrantable): iam.Grant {
    const stored = [...this.stored.values()].map(({ asset }) => asset);
    for (const { bucket } of stored) bucket.encryptionKey?.grantDecrypt(grantee);
    // Each asset has its own token for the same ARN.
    const arns = stored
      .map((asset) => asset.bucket.arnForObjects(keyPattern(asset)))
      .map((arn) => [JSON.stringify(Stack.of(this).resolve(arn)), arn] as const);
    return iam.Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [...new Map(arns).values()] });
  }
}

function storesOf(fn: lambda.Function): ReadonlySet<DependencyStore> | undefined {
  return stateOf(fn, STORES);
}

/** Pattern of the keys of an asset in this and all other versions. */
function keyPattern({ s3ObjectKey, assetHash }: assets.Asset): string {
  // The prefix is unknown where the key is a token or does not contain the hash.
  if (Token.isUnresolved(s3ObjectKey) || !s3ObjectKey.includes(assetHash)) return '*.zip';
  return s3ObjectKey.replace(assetHash, '*');
}
