import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { PipLayer, type PipLayerProps, PythonBundling } from '../../../lib';
import { skipBundling } from '../../../testing';
import {
  fileAssets,
  INSTALL_TIMEOUT_MS,
  listFiles,
  NETWORK_TIMEOUT_MS,
  PythonProject,
  TOOLS,
} from '../../support/python-project';

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

function synth(props: PipLayerProps, context?: Record<string, unknown>) {
  const stack = project.stack(context);
  const layer = new PipLayer(stack, 'Layer', props);
  const template = Template.fromStack(stack);
  return { layer, template, assets: fileAssets(stack) };
}

/** Machine in the header of an ELF file. */
const machineOf = (path: string) => {
  const header = readFileSync(path).subarray(0, 20);
  return header.toString('latin1', 1, 4) === 'ELF' ? header.readUInt16LE(18) : -1;
};

describe.each(TOOLS)('pandas, numpy and requests by %s', (tool) => {
  test.each([
    [lambda.Architecture.ARM_64, 'aarch64', 183],
    [lambda.Architecture.X86_64, 'x86_64', 62],
  ])(
    'for python3.13 on %s: only wheels of that target',
    (architecture, platform, machine) => {
      project.use(tool);
      const { assets } = synth({ packages: ['pandas', 'numpy', 'requests'], architecture });
      expect(assets).toHaveLength(1);
      const directory = join(assets[0]?.path ?? '', 'python');
      const infos = readdirSync(directory).filter((name) => name.endsWith('.dist-info'));
      expect(infos.map((name) => name.split('-')[0])).toEqual(expect.arrayContaining(['pandas', 'numpy', 'requests']));
      for (const info of infos) {
        const tags = [...readFileSync(join(directory, info, 'WHEEL'), 'utf8').matchAll(/^Tag: (.*)$/gm)].map(([, tag]) => tag);
        expect(tags.length).toBeGreaterThan(0);
        for (const tag of tags) expect(tag).toMatch(new RegExp(`-none-any$|^cp313-cp313-manylinux\\w+_${platform}$`));
      }
      const native = listFiles(directory).filter((name) => /\.so(\.|$)/.test(name));
      expect(native.length).toBeGreaterThan(50);
      expect(native.filter((name) => machineOf(join(directory, name)) !== machine)).toEqual([]);
      expect(listFiles(directory).filter((name) => /__pycache__|\.pyc$|(^|\/)tests\/|^bin\/|RECORD$/.test(name))).toEqual([]);
    },
    NETWORK_TIMEOUT_MS,
  );
});

describe('the layer', () => {
  beforeEach(() => {
    project.wheel({ name: 'main' });
    project.requirements('requirements.txt', 'main');
  });

  test('has the given options', () => {
    const { template, layer } = synth({
      requirements: 'requirements.txt',
      runtime: lambda.Runtime.PYTHON_3_12,
      architecture: lambda.Architecture.X86_64,
      layerVersionName: 'main-layer',
      description: 'One package',
      license: 'MIT',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    template.hasResource('AWS::Lambda::LayerVersion', {
      DeletionPolicy: 'Retain',
      Properties: {
        CompatibleArchitectures: ['x86_64'],
        CompatibleRuntimes: ['python3.12'],
        Content: { S3Key: Match.stringLikeRegexp('\\.zip$') },
        Description: 'One package',
        LayerName: 'main-layer',
        LicenseInfo: 'MIT',
      },
    });
    expect(layer.runtime).toBe(lambda.Runtime.PYTHON_3_12);
    expect(layer.architecture).toBe(lambda.Architecture.X86_64);
  });

  test('is for python3.13 on arm64 by default', () => {
    synth({ requirements: '.' }).template.hasResourceProperties('AWS::Lambda::LayerVersion', {
      CompatibleArchitectures: ['arm64'],
      CompatibleRuntimes: ['python3.13'],
    });
  });

  test('of the same list is the same version, of a changed list a new one', () => {
    const logicalIdAndKey = ({ template }: ReturnType<typeof synth>) =>
      Object.entries(template.findResources('AWS::Lambda::LayerVersion')).map(([id, { Properties }]) => [id, Properties.Content]);
    const first = synth({ requirements: 'requirements.txt' });
    project.wipeCache();
    project.wheel({ name: 'main', version: '2.0' });
    expect(logicalIdAndKey(synth({ requirements: 'requirements.txt' }))).toEqual(logicalIdAndKey(first));
    project.requirements('requirements.txt', 'main>1');
    expect(logicalIdAndKey(synth({ requirements: 'requirements.txt' }))).not.toEqual(logicalIdAndKey(first));
  });

  test('may serve other runtimes where every wheel does', () => {
    const compatibleRuntimes = [lambda.Runtime.PYTHON_3_12, lambda.Runtime.PYTHON_3_13];
    synth({ requirements: 'requirements.txt', compatibleRuntimes }).template.hasResourceProperties('AWS::Lambda::LayerVersion', {
      CompatibleRuntimes: ['python3.12', 'python3.13'],
    });
    project.wheel({ name: 'native', tag: 'cp313-cp313-manylinux_2_28_aarch64' });
    project.requirements('requirements.txt', 'native');
    expect(() => synth({ requirements: 'requirements.txt', compatibleRuntimes })).toThrow(
      "the tags of a package must match python3.12 on arm64, got: 'cp313-cp313-manylinux_2_28_aarch64' for 'native' 1.0",
    );
    expect(() => synth({ requirements: 'requirements.txt', compatibleRuntimes: [lambda.Runtime.PYTHON_3_12] })).toThrow(
      "compatibleRuntimes must include the runtime 'python3.13', got: 'python3.12'",
    );
  });

  test('contains packages for this machine in a local run', () => {
    project.wheel({ name: 'main', version: '2.0', tag: 'cp313-cp313-manylinux_2_28_mips' });
    const { assets } = synth({ requirements: 'requirements.txt' }, { 'katamari:local': 'true' });
    expect(listFiles(assets[0]?.path ?? '')).toContain('python/main-1.0.dist-info/METADATA');
  });

  test('installs nothing if bundling is skipped', () => {
    project.use('none');
    const { template } = synth({ packages: ['pandas'] }, skipBundling());
    template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  });
});

describe('rejects', () => {
  test.each([
    [{}, "a PipLayer requires either 'packages' or 'requirements', got: neither (at Stack)"],
    [{ packages: ['six'], requirements: '.' }, "a PipLayer requires either 'packages' or 'requirements', got: both (at Stack)"],
    [{ packages: [] }, 'packages must name at least one package, got: none (at Stack)'],
    [
      { requirements: '.' },
      "the folder of requirements must have a uv.lock, poetry.lock, Pipfile.lock, requirements.txt or pyproject.toml, got: none in '.' (at Stack)",
    ],
    [
      { packages: ['six'], runtime: lambda.Runtime.NODEJS_24_X },
      "the runtime for Python packages must be python3.10 or newer, got: 'nodejs24.x' (at Stack)",
    ],
    [
      { packages: ['six'], description: 'x'.repeat(257) },
      'description of a layer must have at most 256 characters, got: 257 (at Stack)',
    ],
    [{ packages: ['six'], license: 'x'.repeat(513) }, 'license of a layer must have at most 512 characters, got: 513 (at Stack)'],
    [
      { packages: ['six'], layerVersionName: 'a b' },
      "layerVersionName must have 1 to 140 letters, digits, '-' and '_', got: 'a b' (at Stack)",
    ],
  ] as [PipLayerProps, string][])('%p', (props, message) => {
    expect(() => synth(props)).toThrow(new Error(message));
  });

  test.each([
    ['# nothing\n', 'requirements.txt'],
    ['six ; sys_platform == "win32"\n', 'requirements.txt'],
  ])('a layer of nothing: %j', (text, label) => {
    project.write({ 'requirements.txt': text });
    const message = `a PipLayer must have at least one package, got: none from ${label} (at Stack)`;
    expect(() => synth({ requirements: 'requirements.txt' })).toThrow(new Error(message));
  });

  test('a layer of nothing that Docker would build, or that is for this machine', () => {
    project.write({ 'requirements.txt': '' });
    const message = 'a PipLayer must have at least one package, got: none from requirements.txt (at Stack)';
    expect(() => synth({ requirements: '.', bundling: PythonBundling.docker() })).toThrow(new Error(message));
    expect(() => synth({ requirements: '.' }, { 'katamari:local': 'true' })).toThrow(new Error(message));
  });

  test('but accepts texts at their limits', () => {
    project.wheel({ name: 'main' });
    project.requirements('requirements.txt', 'main');
    const texts = { description: 'x'.repeat(256), license: 'x'.repeat(512), layerVersionName: 'x'.repeat(140) };
    expect(synth({ requirements: '.', ...texts }).assets).toHaveLength(1);
  });

  test(
    'a layer over 250 MB, with what takes the room',
    () => {
      project.wheel({ name: 'large', files: { 'large/data.bin': new Uint8Array(250 * 1024 * 1024) } });
      project.wheel({ name: 'small', files: { 'small/data.bin': new Uint8Array(1024 * 1024) } });
      project.requirements('requirements.txt', 'large', 'small');
      expect(() => new PipLayer(project.stack(), 'Layer', { requirements: 'requirements.txt' })).toThrow(
        /^the layer 'Layer' must be at most 262144000 bytes \(250 MB\) unzipped, got: 26319\d{4} \(large 250\.0 MB, small 1\.0 MB\); move the largest to a DependencyStore, which loads them when the function starts \(at Stack\)$/,
      );
    },
    NETWORK_TIMEOUT_MS,
  );
});
