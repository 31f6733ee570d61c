import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddLayerVersionPermissionCommand, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { strFromU8, unzipSync } from 'fflate';
import { LayerClient, ResourceNotFoundError } from '../../client';
import { InvalidParameterError } from '../../lambda/runtime';
import { useMiniStack } from '../support/ministack';
import { newClient, optionsFor, sdkFor, spec, zipOf } from './function-client-support';

const ministack = useMiniStack();
let folder: string;
let count = 0;
const newLayer = () => new LayerClient(`layer-${++count}`, optionsFor(ministack));
const content = (text: string) => ({ content: { zipFile: zipOf(text, 'python/part.py') } });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-layer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a layer is published, read, listed and deleted', async () => {
  const before = Date.now();
  const layer = newLayer();
  expect(await layer.exists()).toBe(false);
  expect([await layer.latest(), await layer.latestVersion(), await layer.latestArn()]).toEqual([undefined, undefined, undefined]);
  const first = await layer.publish({
    ...content('1'),
    compatibleRuntimes: ['python3.13', 'python3.12'],
    compatibleArchitectures: ['arm64'],
    description: 'My layer',
    licenseInfo: 'MIT',
  });
  expect(first).toMatchObject({
    layerName: layer.layerName,
    layerVersionArn: `arn:aws:lambda:us-east-1:000000000000:layer:${layer.layerName}:1`,
    version: 1,
    compatibleRuntimes: ['python3.13', 'python3.12'],
    compatibleArchitectures: ['arm64'],
    description: 'My layer',
    licenseInfo: 'MIT',
    codeSize: zipOf('1', 'python/part.py').length,
  });
  // The timestamps have a precision of one second.
  expect(first.createdDate.getTime()).toBeGreaterThan(before - 1_000);
  expect(first.createdDate.getTime()).toBeLessThanOrEqual(Date.now());
  const second = await layer.publish(content('2'));
  expect(await layer.exists()).toBe(true);
  expect(await layer.latest()).toMatchObject({ version: 2 });
  expect(await layer.latestVersion()).toBe(2);
  expect(await layer.latestArn()).toBe(second.layerVersionArn);
  expect((await layer.versions()).map(({ version }) => version)).toEqual([2, 1]);
  expect(await layer.info()).toMatchObject({ version: 2, codeSha256: second.codeSha256 });
  expect(await layer.info(1)).toMatchObject({ version: 1, codeSha256: first.codeSha256 });
  expect(await LayerClient.byArn(first.layerVersionArn, optionsFor(ministack))).toMatchObject({
    version: 1,
    description: 'My layer',
  });
  expect((await LayerClient.list(optionsFor(ministack))).map(({ layerName }) => layerName)).toContain(layer.layerName);
  expect((await LayerClient.listByName(optionsFor(ministack))).get(layer.layerName)).toMatchObject({ latest: { version: 2 } });

  expect(await layer.deleteVersion(1)).toBe(true);
  expect(await layer.deleteVersion(1)).toBe(false);
  await expect(layer.info(1)).rejects.toThrow(ResourceNotFoundError);
  await layer.publish(content('3'));
  expect(await layer.deleteAll()).toEqual([3, 2]);
  expect(await layer.exists()).toBe(false);
  await expect(layer.info()).rejects.toThrow(`could not read layer '${layer.layerName}': it has no version`);
});

test('versions from several pages are listed', async () => {
  const layer = newLayer();
  for (let version = 1; version <= 53; version++) await layer.publish(content(String(version)));
  expect((await layer.versions()).map(({ version }) => version)).toEqual(Array.from({ length: 53 }, (_, index) => 53 - index));
  expect(await layer.deleteAll()).toHaveLength(53);
  expect(await layer.versions()).toEqual([]);
});

test('layers from several pages are listed', async () => {
  const layers = Array.from({ length: 52 }, newLayer);
  for (const layer of layers) await layer.publish(content('1'));
  const byName = await LayerClient.listByName(optionsFor(ministack));
  expect(layers.filter(({ layerName }) => !byName.has(layerName))).toEqual([]);
  for (const layer of layers) await layer.deleteAll();
});

test('a folder is published unchanged, and the same files give the same bytes', async () => {
  const layer = newLayer();
  const from = join(folder, 'content');
  mkdirSync(join(from, 'python', 'package'), { recursive: true });
  writeFileSync(join(from, 'python', 'package', '__init__.py'), 'VALUE = 1\n');
  writeFileSync(join(from, 'python', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  const first = await layer.publish({ content: { folder: from } });
  writeFileSync(join(from, 'python', 'package', '__init__.py'), 'VALUE = 1\n');
  // A zip stores modification times with a precision of two seconds.
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_000);
  expect((await layer.publish({ content: { folder: from } })).codeSha256).toBe(first.codeSha256);
  jest.restoreAllMocks();
  const path = join(folder, 'folder.zip');
  await layer.download(path);
  const files = unzipSync(readFileSync(path));
  expect(Object.keys(files)).toEqual(['python/package/__init__.py', 'python/run.sh']);
  expect(strFromU8(files['python/package/__init__.py'] as Uint8Array)).toBe('VALUE = 1\n');
  writeFileSync(join(from, 'python', 'package', '__init__.py'), 'VALUE = 2\n');
  expect((await layer.publish({ content: { folder: from } })).codeSha256).not.toBe(first.codeSha256);
});

test('a function imports from its layer', async () => {
  const layer = newLayer();
  const { layerVersionArn } = await layer.publish(content('VALUE = 42'));
  const client = newClient(ministack);
  const source = 'import part\n\n\ndef run(event, context):\n    return part.VALUE\n';
  const code = { zipFile: zipOf(source, 'app.py') };
  await client.create(spec({ code, runtime: 'python3.13', handler: 'app.run', layers: [layerVersionArn] }));
  expect(await client.invoke()).toBe(42);
});

test('a download is the zip that was published', async () => {
  const layer = newLayer();
  const zip = zipOf('1', 'python/part.py');
  await layer.publish({ content: { zipFile: zip } });
  await layer.publish(content('2'));
  const path = join(folder, 'layer.zip');
  writeFileSync(path, 'what was there');
  expect(await layer.download(path, 1)).toMatchObject({ version: 1 });
  expect(Buffer.compare(readFileSync(path), zip)).toBe(0);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  await expect(layer.download(path, 7)).rejects.toThrow(ResourceNotFoundError);
  expect(Buffer.compare(readFileSync(path), zip)).toBe(0);
});

test('invalid names, versions and ARNs are rejected before any call', async () => {
  expect(() => new LayerClient('a b')).toThrow("a layer name must have 1 to 140 letters, digits, '-' and '_', got: 'a b'");
  expect(new LayerClient('l'.repeat(140)).layerName).toHaveLength(140);
  for (const name of ['', 'l'.repeat(141)]) {
    expect(() => new LayerClient(name)).toThrow(`a layer name must have 1 to 140 letters, digits, '-' and '_', got: '${name}'`);
  }
  await expect(LayerClient.prune({ layerName: 'a b' })).rejects.toThrow('a layer name must have 1 to 140');
  await expect(newLayer().info(0)).rejects.toThrow('version must be a whole number between 1');
  await expect(newLayer().deleteVersion(1.5)).rejects.toThrow('version must be a whole number between 1');
  for (const arn of [
    'layer',
    'arn:aws:lambda:us-east-1:1:function:f',
    'arn:aws:lambda:us-east-1:1:layer:l:x',
    'arn:aws:s3:::layer:l:1',
  ]) {
    await expect(LayerClient.byArn(arn)).rejects.toThrow(InvalidParameterError);
  }
  await expect(LayerClient.byArn('arn:aws:lambda:us-east-1:1:layer:l')).rejects.toThrow('must end with the version number');
  const runtimes = Array.from({ length: 16 }, (_, index) => `python3.${index}`);
  await expect(newLayer().publish({ ...content('1'), compatibleRuntimes: runtimes })).rejects.toThrow(
    'a layer must have at most 15 compatible runtimes, got: 16',
  );
});

describe('prune', () => {
  test('deletes unused versions, but keeps those that functions or function versions use, shared ones, and the newest', async () => {
    const layer = newLayer();
    const arns: string[] = [''];
    for (let version = 1; version <= 6; version++) arns.push((await layer.publish(content(String(version)))).layerVersionArn);
    const [, first, second, third, fourth, fifth, sixth] = arns as [string, string, string, string, string, string, string];
    const other = newLayer();
    await other.publish(content('a'));
    const { layerVersionArn: newestOfOther } = await other.publish(content('b'));

    const client = newClient(ministack);
    await client.create(spec({ layers: [first] }));
    // The published version still uses the layer that was removed from the function.
    await client.versions.publish();
    await client.setLayers([second]);
    await sdkFor(ministack).send(
      new AddLayerVersionPermissionCommand({
        LayerName: layer.layerName,
        VersionNumber: 3,
        StatementId: 'other-account',
        Action: 'lambda:GetLayerVersion',
        Principal: '111122223333',
      }),
    );

    const expected = { deleted: [fifth, fourth], inUse: [second, first], shared: [third], kept: [sixth] };
    expect(await layer.prune({ dryRun: true })).toEqual(expected);
    expect(await layer.versions()).toHaveLength(6);
    expect(await layer.prune()).toEqual(expected);
    expect((await layer.versions()).map(({ version }) => version)).toEqual([6, 3, 2, 1]);
    expect(await client.invoke({})).toBeDefined();

    // Prune all layers without keeping the newest version.
    const all = await LayerClient.prune({ keep: 0 }, optionsFor(ministack));
    expect(all.deleted).toEqual(expect.arrayContaining([sixth, newestOfOther]));
    expect(all.inUse).toEqual(expect.arrayContaining([second, first]));
    expect(await other.exists()).toBe(false);
    expect((await layer.versions()).map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  test('deletes only the given versions, except those that it keeps', async () => {
    const layer = newLayer();
    const arns: string[] = [];
    for (let version = 1; version <= 4; version++) arns.push((await layer.publish(content(String(version)))).layerVersionArn);
    const [first, second, third, fourth] = arns as [string, string, string, string];
    expect((await layer.prune({ only: [] })).deleted).toEqual([]);
    expect(await layer.prune({ only: [second, fourth] })).toEqual({
      deleted: [second],
      inUse: [],
      shared: [],
      kept: [fourth, third, first],
    });
    expect((await layer.versions()).map(({ version }) => version)).toEqual([4, 3, 1]);
    await layer.deleteAll();
  });

  test('keeps the given number of newest versions', async () => {
    const layer = newLayer();
    for (let version = 1; version <= 4; version++) await layer.publish(content(String(version)));
    expect((await layer.prune({ keep: 2 })).deleted).toHaveLength(2);
    expect((await layer.versions()).map(({ version }) => version)).toEqual([4, 3]);
    await expect(layer.prune({ keep: -1 })).rejects.toThrow('keep must be a whole number of 0 or more, got: -1');
  });

  test.each([
    ['the longest name that a construct gives', 'l'.repeat(140)],
    ['a name that AWS lets through and this client refuses', 'l'.repeat(141)],
  ])('a layer with %s does not prevent pruning the others', async (_what, name) => {
    const others = newLayer();
    await others.publish(content('1'));
    await others.publish(content('2'));
    const sdk = sdkFor(ministack);
    const zip = { ZipFile: zipOf('1', 'python/part.py') };
    const { LayerVersionArn: old } = await sdk.send(new PublishLayerVersionCommand({ LayerName: name, Content: zip }));
    await sdk.send(new PublishLayerVersionCommand({ LayerName: name, Content: zip }));
    const { deleted } = await LayerClient.prune({}, optionsFor(ministack));
    expect(deleted).toEqual(expect.arrayContaining([old, expect.stringContaining(`:${others.layerName}:1`)]));
    expect(await others.versions()).toHaveLength(1);
    await LayerClient.prune({ keep: 0 }, optionsFor(ministack));
  });
});
