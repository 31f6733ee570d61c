import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { strToU8, zipSync } from 'fflate';
import { Layer, LayerContent } from '../../../lib';
import { fileAssets, listFiles } from '../../support/python-project';

const LIMIT = 262_144_000;

let directory: string;
let stack: Stack;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'katamari-layer-'));
  mkdirSync(join(directory, 'content', 'python'), { recursive: true });
  writeFileSync(join(directory, 'content', 'python', 'own.py'), 'X = 1\n');
  writeFileSync(join(directory, 'content', 'notes.md'), '');
  stack = new Stack(new App(), 'Stack');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A zip whose directory says that its file has this many bytes. */
function zipOf(bytes: number): string {
  const path = join(directory, 'layer.zip');
  const zip = Buffer.from(zipSync({ 'python/own.py': strToU8('X = 1\n') }));
  const entry = zip.indexOf(Buffer.from('504b0102', 'hex'));
  zip.writeUInt32LE(bytes, entry + 24);
  writeFileSync(path, zip);
  return path;
}

test('of a folder, without what is ignored', () => {
  const content = LayerContent.folder(join(directory, 'content'), { ignore: ['*.md'] });
  new Layer(stack, 'Layer', {
    content,
    compatibleRuntimes: [lambda.Runtime.PYTHON_3_13],
    compatibleArchitectures: [lambda.Architecture.ARM_64],
    description: 'Own code',
    license: 'MIT',
    layerVersionName: 'own',
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Template.fromStack(stack).hasResource('AWS::Lambda::LayerVersion', {
    DeletionPolicy: 'Retain',
    Properties: {
      CompatibleArchitectures: ['arm64'],
      CompatibleRuntimes: ['python3.13'],
      Description: 'Own code',
      LayerName: 'own',
      LicenseInfo: 'MIT',
    },
  });
  expect(listFiles(fileAssets(stack)[0]?.path ?? '')).toEqual(['python/own.py']);
});

test('of a zip', () => {
  new Layer(stack, 'Layer', { content: LayerContent.zip(zipOf(6)) });
  expect(fileAssets(stack)[0]?.path).toMatch(/\.zip$/);
});

test('of an asset', () => {
  const asset = new Asset(stack, 'Asset', { path: join(directory, 'content') });
  new Layer(stack, 'Layer', { content: LayerContent.asset(asset) });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::LayerVersion', {
    Content: { S3Bucket: Match.anyValue(), S3Key: `${asset.assetHash}.zip` },
  });
});

test('of an object in a bucket', () => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'layers');
  new Layer(stack, 'Layer', { content: LayerContent.bucket(bucket, 'own.zip') });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::LayerVersion', {
    Content: { S3Bucket: 'layers', S3Key: 'own.zip' },
  });
});

test('the same content is the same version, wherever it lies', () => {
  new Layer(stack, 'Layer', { content: LayerContent.folder(join(directory, 'content')) });
  const other = mkdtempSync(join(tmpdir(), 'katamari-layer-'));
  try {
    mkdirSync(join(other, 'python'));
    writeFileSync(join(other, 'python', 'own.py'), 'X = 1\n');
    writeFileSync(join(other, 'notes.md'), '');
    const second = new Stack(new App(), 'Stack');
    new Layer(second, 'Layer', { content: LayerContent.folder(other) });
    expect(Template.fromStack(second).toJSON()).toEqual(Template.fromStack(stack).toJSON());
  } finally {
    rmSync(other, { recursive: true });
  }
});

describe('250 MB', () => {
  const message = (name: string) =>
    `the layer 'Layer' must be at most ${LIMIT} bytes (250 MB) unzipped, got: ${LIMIT + 1} (${name} 250.0 MB`;

  test.each([
    [LIMIT, false],
    [LIMIT + 1, true],
  ])('a zip of %i bytes is rejected: %p', (bytes, refused) => {
    const make = () => new Layer(stack, 'Layer', { content: LayerContent.zip(zipOf(bytes)) });
    if (refused) expect(make).toThrow(message('python/own.py'));
    else expect(make).not.toThrow();
  });

  test('a folder', () => {
    const path = join(directory, 'content', 'python', 'own.py');
    truncateSync(path, LIMIT + 1);
    expect(() => new Layer(stack, 'Layer', { content: LayerContent.folder(join(directory, 'content')) })).toThrow(
      message('python/own.py'),
    );
    // Ignored files do not count.
    writeFileSync(join(directory, 'content', 'python', 'small.py'), '');
    const content = LayerContent.folder(join(directory, 'content'), { ignore: ['own.py'] });
    expect(() => new Layer(stack, 'Small', { content })).not.toThrow();
  });
});

describe('rejects', () => {
  test('missing content', () => {
    expect(() => LayerContent.folder('not/there')).toThrow(
      new Error(
        `the content of a layer must be an existing folder, relative to the working directory ${process.cwd()}, got: 'not/there'`,
      ),
    );
    expect(() => LayerContent.zip('not/there.zip')).toThrow(
      new Error(
        `the content of a layer must be an existing .zip file, relative to the working directory ${process.cwd()}, got: 'not/there.zip'`,
      ),
    );
  });

  test('a file that is not a zip', () => {
    const path = join(directory, 'text.zip');
    writeFileSync(path, 'text');
    expect(() => new Layer(stack, 'Layer', { content: LayerContent.zip(path) })).toThrow(
      `the content of a layer must be a valid zip file, got: '${path}' (invalid zip data) (at Stack)`,
    );
  });

  test('an asset that is neither a folder nor a zip', () => {
    const asset = new Asset(stack, 'Asset', { path: join(directory, 'content', 'notes.md') });
    expect(() => LayerContent.asset(asset)).toThrow(
      /^the asset of a layer must be a folder or a zip file, got: '.*' \(at Stack\/Asset\)$/,
    );
  });

  test('texts over their limits', () => {
    const content = LayerContent.folder(join(directory, 'content'));
    expect(() => new Layer(stack, 'Layer', { content, description: 'x'.repeat(257) })).toThrow(
      'description of a layer must have at most 256 characters, got: 257 (at Stack)',
    );
  });
});
