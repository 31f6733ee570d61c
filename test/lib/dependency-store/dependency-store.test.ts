import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, DefaultStackSynthesizer, LegacyStackSynthesizer, Size, Stack, type StackProps } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { unzipSync } from 'fflate';
import { DependencyStore, type DependencyStoreProps, ManagedFunction, Source, StoredDependency } from '../../../lib';
import { BLOCK_BYTES, ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from '../../../lib/dependency-store/constants';
import { skipBundling } from '../../../testing';

const { ARM_64, X86_64 } = lambda.Architecture;
const { NODEJS_22_X, NODEJS_24_X, PYTHON_3_12, PYTHON_3_13 } = lambda.Runtime;

let folder: string;
let previous: string;

// A project of its own: what one test has packed is not there for another.
beforeEach(() => {
  previous = process.cwd();
  folder = mkdtempSync(join(tmpdir(), 'katamari-store-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  mkdirSync(join(folder, 'node_modules'));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(previous);
  rmSync(folder, { recursive: true });
});

/** Creates a directory dependency with one file. */
function model(name = 'model', content: string | Buffer = 'weights'): StoredDependency {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'weights.bin'), content);
  return StoredDependency.directory(name, name);
}

/** The folder of packed dependencies. */
const kept = () => join(folder, 'node_modules', '.cache', 'cdk-katamari', 'dependencies');

interface Synthesized {
  readonly stack: Stack;
  readonly fn: lambda.Function;
  readonly store: DependencyStore;
}

function storeAndFunction(
  props: DependencyStoreProps,
  options: Partial<lambda.FunctionProps> = {},
  stackProps: StackProps & { context?: Record<string, unknown> } = {},
): Synthesized {
  const stack = new Stack(new App({ context: stackProps.context }), 'Stack', stackProps);
  const store = new DependencyStore(stack, 'Heavy', props);
  return { stack, store, fn: newFunction(stack, 'Function', options) };
}

function newFunction(stack: Stack, id: string, options: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    runtime: PYTHON_3_13,
    architecture: ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromInline('def handler(event, context): pass'),
    ...options,
  });
}

function newManaged(stack: Stack): ManagedFunction {
  mkdirSync('code');
  writeFileSync(join('code', 'app.py'), 'def run(event, context): pass');
  return new ManagedFunction(stack, 'Function', {
    source: Source.python('code', { handler: 'app.run' }),
    runtime: PYTHON_3_13,
  });
}

/** Returns the store's environment variables of the only function. */
function environmentOf(stack: Stack): { bucket: unknown; zips: Record<string, StoredZip> } {
  const [fn] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  const { [ENV_DEPENDENCY_BUCKET]: bucket, [ENV_DEPENDENCIES]: text = '' } = fn?.Properties.Environment.Variables ?? {};
  return { bucket, zips: JSON.parse(text) };
}

interface FileAsset {
  readonly source: { readonly path: string; readonly packaging: string };
  readonly destinations: Record<string, { readonly objectKey: string }>;
}

function assetsOf(stack: Stack): { key: string; path: string; packaging: string }[] {
  const assembly = (stack.node.root as App).synth();
  const manifest: { files: Record<string, FileAsset> } = JSON.parse(
    readFileSync(join(assembly.directory, 'Stack.assets.json'), 'utf8'),
  );
  return Object.values(manifest.files)
    .filter(({ source }) => source.path.endsWith('.zip'))
    .map(({ source, destinations }) => ({
      key: Object.values(destinations)[0]?.objectKey ?? '',
      path: join(assembly.directory, source.path),
      packaging: source.packaging,
    }));
}

describe('a dependency', () => {
  test('is a zip asset, and the environment has its location and its checksum', () => {
    const { stack, store, fn } = storeAndFunction({ dependencies: [model()] });
    store.addTo(fn);
    const { bucket, zips } = environmentOf(stack);
    const [asset] = assetsOf(stack);
    const content = readFileSync(asset?.path as string);
    expect(asset?.packaging).toBe('file');
    expect(zips).toEqual({
      model: [asset?.key, createHash('sha256').update(content).digest('base64url'), content.length, 7, 1],
    });
    expect(Object.keys(unzipSync(content))).toEqual(['weights.bin']);
    expect(bucket).toEqual({ 'Fn::Sub': expect.stringMatching(/^cdk-hnb659fds-assets-/) });
  });

  test('creates no bucket', () => {
    const { stack, store, fn } = storeAndFunction({ dependencies: [model()] });
    store.addTo(fn);
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
  });

  test('is the same asset in another app, in another folder, later', () => {
    const keyOf = (name: string) => {
      mkdirSync(name);
      process.chdir(name);
      mkdirSync('model');
      writeFileSync(join('model', 'weights.bin'), 'weights');
      const { stack } = storeAndFunction({ dependencies: [StoredDependency.directory('model', 'model')] });
      process.chdir(folder);
      return assetsOf(stack)[0]?.key;
    };
    expect(keyOf('a')).toMatch(/^[0-9a-f]{64}\.zip$/);
    expect(keyOf('b')).toBe(keyOf('c'));
  });

  test('is another asset when its content changes', () => {
    const keyOf = (content: string) => assetsOf(storeAndFunction({ dependencies: [model('model', content)] }).stack)[0]?.key;
    expect(keyOf('1')).not.toBe(keyOf('2'));
  });

  test('leaves out files that match the patterns', () => {
    const options = { ignore: ['*.tmp'] };
    model();
    writeFileSync(join(folder, 'model', 'a.tmp'), '');
    const { stack } = storeAndFunction({ dependencies: [StoredDependency.directory('model', 'model', options)] });
    expect(Object.keys(unzipSync(readFileSync(assetsOf(stack)[0]?.path as string)))).toEqual(['weights.bin']);
  });

  test('is packed once, and again if the stored zip is broken', () => {
    const dependencies = [model()];
    const [first] = assetsOf(storeAndFunction({ dependencies }).stack);
    const [entry = ''] = readdirSync(kept());
    expect(readdirSync(kept())).toHaveLength(1);

    const facts = join(kept(), entry, 'facts.json');
    writeFileSync(facts, readFileSync(facts, 'utf8').replace(/"files":1/, '"files":7'));
    const { stack, store, fn } = storeAndFunction({ dependencies });
    store.addTo(fn);
    expect(environmentOf(stack).zips.model?.[4]).toBe(7);

    truncateSync(join(kept(), entry, 'dependency.zip'), 10);
    expect(assetsOf(storeAndFunction({ dependencies }).stack)[0]?.key).toBe(first?.key);
    expect(readdirSync(kept())).toEqual([entry]);
  });

  test('is not packed if bundling is skipped', () => {
    const dependency = StoredDependency.pip('no-such-package-of-katamari');
    const { stack, store, fn } = storeAndFunction({ dependencies: [dependency] }, {}, { context: skipBundling() });
    store.addTo(fn);
    expect(Object.keys(environmentOf(stack).zips)).toEqual(['no-such-package-of-katamari']);
  });
});

describe('a Python package', () => {
  test('includes its dependencies for the target, and has its own name', () => {
    const dependency = StoredDependency.pip('requests==2.32.5', { alongside: ['urllib3<2.5'] });
    const { stack, store } = storeAndFunction({ dependencies: [dependency] });
    expect([store.dependencyNames, store.runtime, store.architecture]).toEqual([['requests'], PYTHON_3_13, ARM_64]);
    const names = Object.keys(unzipSync(readFileSync(assetsOf(stack)[0]?.path as string)));
    expect(names).toEqual(expect.arrayContaining(['requests/__init__.py', 'idna/__init__.py', 'certifi/cacert.pem']));
    expect(names.filter((name) => /\/urllib3-|^urllib3-/.test(name)).every((name) => name.startsWith('urllib3-2.4'))).toBe(true);
    expect(names.filter((name) => /x86_64|darwin|win32/.test(name))).toEqual([]);
  }, 120_000);

  test('of a file is one dependency', () => {
    writeFileSync('requirements.txt', 'idna==3.10\nsix==1.17.0\n');
    const { stack } = storeAndFunction({ dependencies: [StoredDependency.requirements('tools', 'requirements.txt')] });
    const names = Object.keys(unzipSync(readFileSync(assetsOf(stack)[0]?.path as string)));
    expect(names).toEqual(expect.arrayContaining(['idna/__init__.py', 'six.py']));
  }, 120_000);

  test('that is unknown is rejected by its name', () => {
    const build = () => storeAndFunction({ dependencies: [StoredDependency.pip('no-such-package-of-katamari')] });
    expect(build).toThrow('no-such-package-of-katamari');
  }, 120_000);

  test('must have one version in all of a store', () => {
    const dependencies = [
      StoredDependency.pip('six==1.16.0'),
      StoredDependency.pip('idna==3.10', { alongside: ['six==1.17.0'] }),
    ];
    expect(() => storeAndFunction({ dependencies })).toThrow(
      "the dependencies of a DependencyStore must contain one version of 'six', got: 1.16.0 with 'six' and 1.17.0 with 'idna'; use StoredDependency.pip('idna', { alongside: ['six==1.16.0'] })",
    );
    const agreed = [StoredDependency.pip('six==1.17.0'), StoredDependency.pip('idna==3.10', { alongside: ['six==1.17.0'] })];
    expect(storeAndFunction({ dependencies: agreed }).store.dependencyNames).toEqual(['six', 'idna']);
  }, 120_000);

  test.each(['./here', 'pandas requests', ''])('must be a requirement of an index, not %j', (requirement) => {
    expect(() => StoredDependency.pip(requirement)).toThrow(/must be/);
  });
});

describe('an npm package', () => {
  /** Names of the packages with native code that a store for an architecture has. */
  const native = (architecture: lambda.Architecture, dependency: StoredDependency) => {
    const { stack } = storeAndFunction({ dependencies: [dependency], architecture });
    const names = Object.keys(unzipSync(readFileSync(assetsOf(stack)[0]?.path as string)));
    expect(names).toContain('node_modules/sharp/package.json');
    // Nothing that is made for one machine alone.
    expect(names.filter((name) => /\.package-lock\.json$|\/\.bin\/|^(?!node_modules)/.test(name))).toEqual([]);
    return [...new Set(names.flatMap((name) => /^node_modules\/@img\/(sharp-[^/]+)/.exec(name)?.[1] ?? []))].sort();
  };

  test('is installed for the architecture of the store on any machine', () => {
    const sharp = StoredDependency.npm('sharp@0.34.4');
    expect(sharp.name).toBe('sharp');
    expect(native(ARM_64, sharp)).toEqual(['sharp-libvips-linux-arm64', 'sharp-linux-arm64']);
    expect(native(X86_64, sharp)).toEqual(['sharp-libvips-linux-x64', 'sharp-linux-x64']);
  }, 240_000);

  test('has the versions of a lock file', () => {
    const lock = {
      name: 'heavy',
      lockfileVersion: 3,
      packages: {
        '': { name: 'heavy', dependencies: { ms: '^2.0.0' } },
        'node_modules/ms': { version: '2.1.1' },
      },
    };
    mkdirSync('heavy');
    writeFileSync('heavy/package.json', JSON.stringify({ name: 'heavy', dependencies: { ms: '^2.0.0' } }));
    writeFileSync('heavy/package-lock.json', JSON.stringify(lock));
    const { stack } = storeAndFunction({ dependencies: [StoredDependency.npm('ms', { lockFile: 'heavy/package-lock.json' })] });
    const files = unzipSync(readFileSync(assetsOf(stack)[0]?.path as string));
    expect(JSON.parse(Buffer.from(files['node_modules/ms/package.json'] ?? []).toString()).version).toBe('2.1.1');

    expect(() => StoredDependency.npm('ms@2.1.3', { lockFile: 'heavy/package-lock.json' })).toThrow(
      "an npm dependency with a lockFile must have no version of its own, got: 'ms@2.1.3'",
    );
    expect(() => StoredDependency.npm('sharp', { lockFile: 'heavy/package-lock.json' })).toThrow(
      "the package.json in the folder of 'heavy/package-lock.json' must list 'sharp' in its dependencies, got: no such dependency",
    );
    expect(() => StoredDependency.npm('ms', { lockFile: 'package-lock.json' })).toThrow(
      /^lockFile must be an existing package-lock\.json with a package\.json in its folder, .*, got: 'package-lock\.json'$/,
    );
    writeFileSync('heavy/package.json', JSON.stringify({ name: 'heavy', dependencies: { ms: '^1.0.0' } }));
    expect(() =>
      storeAndFunction({ dependencies: [StoredDependency.npm('ms', { lockFile: 'heavy/package-lock.json' })] }),
    ).toThrow("the lockFile of 'ms' must match the package.json in its folder, got: ");
  }, 120_000);

  test.each([
    [
      'no-such-package-of-katamari',
      "an npm dependency and its own dependencies must exist on the registry, got: 'no-such-package-of-katamari'",
    ],
    ['ms@99.0.0', "the version of an npm dependency must exist on the registry, got: 'ms@99.0.0'"],
  ])(
    '%s is refused',
    (spec, message) => {
      expect(() => storeAndFunction({ dependencies: [StoredDependency.npm(spec)] })).toThrow(message);
      // Nothing is kept of it.
      expect(readdirSync(kept())).toEqual([]);
    },
    120_000,
  );

  test('needs npm, and its registry', () => {
    const { PATH, npm_config_registry } = process.env;
    const build = () => storeAndFunction({ dependencies: [StoredDependency.npm('ms@2.1.3')] });
    try {
      process.env.PATH = folder;
      expect(build).toThrow("installing 'ms@2.1.3' requires npm on the PATH, got: none; install Node.js with npm");
      process.env.PATH = PATH;
      process.env.npm_config_registry = 'http://127.0.0.1:9/';
      process.env.npm_config_fetch_retries = '0';
      process.env.npm_config_cache = join(folder, 'empty');
      expect(build).toThrow("installing 'ms@2.1.3' requires the npm registry, which does not respond: ");
    } finally {
      process.env.PATH = PATH;
      delete process.env.npm_config_fetch_retries;
      delete process.env.npm_config_cache;
      if (npm_config_registry === undefined) delete process.env.npm_config_registry;
      else process.env.npm_config_registry = npm_config_registry;
    }
  }, 120_000);

  test.each([
    ['sharp', 'sharp'],
    ['sharp@0.34.4', 'sharp'],
    ['@img/colour@^1', '@img/colour'],
    ['lodash.merge', 'lodash.merge'],
  ])('%s is named %s', (spec, name) => {
    expect(StoredDependency.npm(spec).name).toBe(name);
  });

  test.each(['./sharp', '../x', 'github:a/b', 'a/b', 'https://x.y/z.tgz', 'x@npm:y', 'x@file:../y', '--flag', '', 'a b'])(
    '%j is no package',
    (spec) => {
      expect(() => StoredDependency.npm(spec)).toThrow(
        `an npm dependency must be a package with an optional version, such as 'sharp' or 'sharp@0.34.4', got: '${spec}'`,
      );
    },
  );
});

describe('a grant', () => {
  const statementsOf = (stack: Stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
  const readOf = (pattern: string) => ({
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: {
      'Fn::Join': [
        '',
        ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { 'Fn::Sub': expect.stringContaining('-assets-') }, `/${pattern}`],
      ],
    },
  });

  test('allows only reading the zips of the bucket, for any number of stores', () => {
    const { stack, store, fn } = storeAndFunction({ dependencies: [model('a', 'a'), model('b', 'b')] });
    const second = new DependencyStore(stack, 'Second', { dependencies: [model('c', 'c')] });
    expect([store.addTo(fn).success, second.addTo(fn).success]).toEqual([true, true]);
    expect(statementsOf(stack)).toEqual([readOf('*.zip')]);
  });

  test('does not change with a dependency, so that published versions can still load their own', () => {
    const build = (content: string) => {
      const { stack, store, fn } = storeAndFunction({ dependencies: [model('model', content)] });
      store.addTo(fn);
      return { key: environmentOf(stack).zips.model?.[0], statements: statementsOf(stack) };
    };
    const [before, after] = [build('1'), build('2')];
    expect(after.key).not.toBe(before.key);
    expect(after.statements).toEqual(before.statements);
  });

  test('ends at the prefix of the assets', () => {
    const synthesizer = new DefaultStackSynthesizer({ bucketPrefix: 'team/' });
    const { stack, store, fn } = storeAndFunction({ dependencies: [model()] }, {}, { synthesizer });
    store.addTo(fn);
    expect(environmentOf(stack).zips.model?.[0]).toMatch(/^team\/[0-9a-f]{64}\.zip$/);
    expect(statementsOf(stack)).toEqual([readOf('team/*.zip')]);
  });

  test('includes the key of the bucket if there is one', () => {
    class WithKey extends DefaultStackSynthesizer {
      public override addFileAsset(...asset: Parameters<DefaultStackSynthesizer['addFileAsset']>) {
        return { ...super.addFileAsset(...asset), kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/abc' };
      }
    }
    const { stack, store, fn } = storeAndFunction({ dependencies: [model()] }, {}, { synthesizer: new WithKey() });
    store.addTo(fn);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:123456789012:key/abc' }),
          Match.objectLike({ Action: 's3:GetObject' }),
        ]),
      },
    });
  });

  test('follows keys that only the deploy knows', () => {
    const { stack, store, fn } = storeAndFunction({ dependencies: [model()] }, {}, { synthesizer: new LegacyStackSynthesizer() });
    store.addTo(fn);
    const { variables } = stack.resolve((fn.node.defaultChild as lambda.CfnFunction).environment);
    expect(JSON.stringify(variables[ENV_DEPENDENCIES])).toContain('VersionKey');
    expect(variables[ENV_DEPENDENCY_BUCKET]).toEqual({ Ref: expect.stringContaining('S3Bucket') });
    expect(JSON.stringify(statementsOf(stack)[0].Resource)).toMatch(/S3Bucket[^/]*"\},"\/\*\.zip"/);
  });
});

describe('a function', () => {
  test.each<[string, DependencyStoreProps['runtime'], lambda.Architecture, string]>([
    ['runtime', PYTHON_3_12, ARM_64, "'python3.13', got: 'python3.12'"],
    ['architecture', PYTHON_3_13, X86_64, "'arm64', got: 'x86_64'"],
  ])('must have the %s of its store', (what, runtime, architecture, end) => {
    const { store, fn } = storeAndFunction(
      { dependencies: [model()], runtime: PYTHON_3_13, architecture: ARM_64 },
      { runtime, architecture },
    );
    expect(() => store.addTo(fn)).toThrow(
      `the ${what} of a function must match its DependencyStore 'Stack/Heavy', which has ${end} (at Stack/Function)`,
    );
  });

  test.each([
    [PYTHON_3_12, X86_64],
    [NODEJS_22_X, ARM_64],
  ])('of %s on %s may use directories, where the store says neither', (runtime, architecture) => {
    const { store, fn, stack } = storeAndFunction(
      { dependencies: [model()] },
      { runtime, architecture, code: lambda.Code.fromInline('exports.handler = () => 1') },
    );
    store.addTo(fn);
    expect([store.runtime, store.architecture]).toEqual([undefined, undefined]);
    expect(Object.keys(environmentOf(stack).zips)).toEqual(['model']);
  });

  test('must be in the stack of its store', () => {
    const { stack, store } = storeAndFunction({ dependencies: [model()] });
    const other = newFunction(new Stack(stack.node.root as App, 'Other'), 'Function');
    expect(() => store.addTo(other)).toThrow(
      "the stack of a function must match its DependencyStore 'Stack/Heavy', which has 'Stack', got: 'Other' (at Other/Function)",
    );
  });

  describe('must have room in /tmp', () => {
    const MIB = 1024 * 1024;

    /** A store whose dependency takes so many bytes of the disk, as far as what was kept says. */
    const storeOf = (bytes: number, ephemeralStorageSize?: Size) => {
      const dependencies = [model()];
      storeAndFunction({ dependencies });
      const [entry = ''] = readdirSync(kept());
      const facts = JSON.parse(readFileSync(join(kept(), entry, 'facts.json'), 'utf8'));
      const unpackedSize = bytes - facts.size - BLOCK_BYTES;
      writeFileSync(join(kept(), entry, 'facts.json'), JSON.stringify({ ...facts, unpackedSize }));
      const { store, fn } = storeAndFunction({ dependencies }, { ephemeralStorageSize });
      return () => store.addTo(fn);
    };
    const message = 'ephemeralStorageSize must hold the zips and the files of the dependencies, ';

    test.each([
      [512, undefined],
      [512, Size.mebibytes(512)],
      [2_000, Size.mebibytes(2_000)],
      [10_240, Size.gibibytes(10)],
    ])('of %i MiB, to the byte', (limit, size) => {
      expect(storeOf(limit * MIB, size)).not.toThrow();
      const remedy =
        limit === 10_240
          ? 'the maximum is 10240 MiB, so use a smaller store'
          : `set ephemeralStorageSize: Size.mebibytes(${limit + 1})`;
      expect(storeOf(limit * MIB + 1, size)).toThrow(
        `${message}${limit + 1} MiB (model ${limit + 1}), got: ${limit} MiB; ${remedy} (at Stack/Function)`,
      );
    });
  });

  describe.each(['lambda.Function', 'ManagedFunction'])('that is a %s', (kind) => {
    const withStores = () => {
      const stack = new Stack(new App(), 'Stack');
      const store = new DependencyStore(stack, 'Heavy', { dependencies: [model('a', 'a')] });
      const second = new DependencyStore(stack, 'Second', { dependencies: [model('b', 'b'), model('a', 'a')] });
      return { stack, store, second, fn: kind === 'ManagedFunction' ? newManaged(stack) : newFunction(stack, 'Function') };
    };

    test('may have several stores, and one of them twice', () => {
      const { stack, store, second, fn } = withStores();
      store.addTo(fn);
      store.addTo(fn);
      second.addTo(fn);
      expect(Object.keys(environmentOf(stack).zips)).toEqual(['a', 'b']);
    });

    test('must have stores with different dependency names, and a rejected store changes nothing', () => {
      const { stack, store, second, fn } = withStores();
      const third = new DependencyStore(stack, 'Third', { dependencies: [model('c', 'c'), model('a', 'other')] });
      store.addTo(fn);
      const refusal =
        "the dependencies of a function must have different names, got: two different dependencies 'a' (at Stack/Function)";
      expect(() => third.addTo(fn)).toThrow(refusal);
      second.addTo(fn);
      expect(() => third.addTo(fn)).toThrow(refusal);
      expect(Object.keys(environmentOf(stack).zips)).toEqual(['a', 'b']);
    });
  });

  test('accepts another store after a rejected one', () => {
    const { stack, store, fn } = storeAndFunction({
      dependencies: Array.from({ length: 30 }, (_, place) => model(`dependency-${place}`, String(place))),
    });
    const small = new DependencyStore(stack, 'Small', { dependencies: [model('a', 'a')] });
    expect(() => store.addTo(fn)).toThrow('the environment variables of a function must be at most 4096 bytes');
    small.addTo(fn);
    expect(Object.keys(environmentOf(stack).zips)).toEqual(['a']);
  });

  test('has an environment of 4 KB', () => {
    const dependencies = Array.from({ length: 30 }, (_, place) => model(`dependency-${place}`, String(place)));
    const { store, fn } = storeAndFunction({ dependencies });
    expect(() => store.addTo(fn)).toThrow(
      /^the environment variables of a function must be at most 4096 bytes, got: \d{4} for its 30 dependencies; combine packages with StoredDependency\.requirements/,
    );
    const fewer = storeAndFunction({ dependencies: dependencies.slice(0, 26) });
    expect(fewer.store.addTo(fewer.fn).success).toBe(true);
  });
});

describe('a store', () => {
  test('has one dependency or more', () => {
    expect(() => storeAndFunction({ dependencies: [] })).toThrow(
      'dependencies must have at least one element, got: none (at Stack/Heavy)',
    );
  });

  test('has names that a loader can distinguish', () => {
    expect(() => storeAndFunction({ dependencies: [model('my_model'), model('My.Model')] })).toThrow(
      "the dependencies of a DependencyStore must have different names, got: 'my_model' and 'My.Model' (at Stack/Heavy)",
    );
  });

  test('has packages of one language, and a runtime of it', () => {
    const [pip, npm] = [StoredDependency.pip('six'), StoredDependency.npm('ms')];
    expect(() => storeAndFunction({ dependencies: [pip, npm] })).toThrow(
      "a DependencyStore must hold packages of one language, got: 'six' from PyPI, 'ms' from npm; create one store for each language (at Stack/Heavy)",
    );
    expect(() => storeAndFunction({ dependencies: [pip], runtime: NODEJS_24_X })).toThrow(
      "a DependencyStore with packages from PyPI requires a Python runtime, got: 'nodejs24.x' (at Stack/Heavy)",
    );
    expect(() => storeAndFunction({ dependencies: [npm], runtime: PYTHON_3_13 })).toThrow(
      "a DependencyStore with packages from npm requires a Node.js runtime, got: 'python3.13' (at Stack/Heavy)",
    );
  });

  test('of npm packages is for nodejs24.x on arm64', () => {
    const { store } = storeAndFunction({ dependencies: [StoredDependency.npm('ms')] }, {}, { context: skipBundling() });
    expect([store.runtime, store.architecture]).toEqual([NODEJS_24_X, ARM_64]);
  });

  test.each(['', '.hidden', 'a/b', 'a b', 'ä', '-x', 'x'.repeat(129)])('rejects the name %j', (name) => {
    model();
    expect(() => StoredDependency.directory(name, 'model')).toThrow(
      `the name of a dependency must have 1 to 128 letters, digits, '.', '-' and '_', and not start with '.' or '-', got: '${name}'`,
    );
  });

  test('takes a name of 128 characters', () => {
    model();
    expect(StoredDependency.directory('x'.repeat(128), 'model').name).toHaveLength(128);
  });

  test.each(['nowhere', 'package.json'])('rejects %s as a directory', (path) => {
    expect(() => StoredDependency.directory('model', path)).toThrow(
      /^the directory of a dependency must be an existing folder, relative to the working directory .*, got: '(nowhere|package\.json)'$/,
    );
  });

  test('rejects an empty directory', () => {
    mkdirSync('empty');
    expect(() => storeAndFunction({ dependencies: [StoredDependency.directory('empty', 'empty')] })).toThrow(
      "the dependency 'empty' must have 1 to 65535 files, got: 0",
    );
    expect(existsSync(join(folder, 'katamari-python.lock.json'))).toBe(false);
  });
});
