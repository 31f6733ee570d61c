import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { FunctionClient, LayerClient } from '../../client';
import { useMiniStack } from '../support/ministack';
import { type Example, readExamples, runAsync } from './osbot-page';

// Each counterpart of docs/osbot.md that acts on what is deployed, run as it stands on the page, in its order.

const miniStack = useMiniStack();
const examples = readExamples();
const environment = { ...process.env };
const directory = process.cwd();
let folder: string;
let fn: FunctionClient;
let layer: LayerClient;

const PYTHON = `
def run(event, context):
    print('a line of the function')
    return {'got': event}
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-osbot-'));
  process.chdir(folder);
  Object.assign(process.env, miniStack.environment());
  const s3 = new S3Client({ endpoint: miniStack.endpoint, forcePathStyle: true });
  const code = { 'my_function.py': strToU8(PYTHON), 'handler.py': strToU8(PYTHON.replace('run', 'main')) };
  await s3.send(new CreateBucketCommand({ Bucket: 'my-bucket' }));
  await s3.send(new PutObjectCommand({ Bucket: 'my-bucket', Key: 'lambdas/my-function.zip', Body: zipSync(code) }));
  s3.destroy();
  await miniStack.sqs().send(new CreateQueueCommand({ QueueName: 'my-queue' }));
  fn = new FunctionClient('my-function');
  layer = new LayerClient('my-layer');
  await layer.publish({ content: { zipFile: zipSync({ 'python/lib.py': strToU8('VALUE = 1') }) } });
  await fn.create({
    code: { s3Bucket: 'my-bucket', s3Key: 'lambdas/my-function.zip' },
    role: 'arn:aws:iam::000000000000:role/lambda-role',
    runtime: 'python3.13',
    handler: 'my_function.run',
  });
}, 60_000);

afterAll(() => {
  process.chdir(directory);
  process.env = environment;
  rmSync(folder, { recursive: true });
});

const event = { key: 'value' };
const sids = async () => (await fn.permissions.list()).map(({ Sid }) => Sid);

/** What an example has to have done: its variables, and what is deployed afterwards. */
// biome-ignore lint/suspicious/noExplicitAny: each example has variables of its own
const checks: Record<number, (variables: any) => unknown> = {
  15: ({ fn: made, settings }) => {
    expect(made.functionName).toBe('my-function');
    expect(settings.code).toEqual({ s3Bucket: 'my-bucket', s3Key: 'lambdas/my-function.zip' });
  },
  16: async ({ local }) => expect(await local.exists()).toBe(true),
  17: async ({ result }) => {
    expect(result).toMatchObject({
      runtime: 'python3.13',
      memorySize: 512,
      timeout: 60,
      architecture: 'x86_64',
      state: 'Active',
    });
    expect(await new FunctionClient('my-created-function').invoke(event)).toEqual({ got: event });
  },
  18: ({ result }) => expect(result).toMatchObject({ packageType: 'Image' }),
  19: async ({ result, layerVersionArn }) => {
    expect(result).toMatchObject({ tracingMode: 'Active', environment: { DEBUG: 'true' }, layers: [layerVersionArn] });
    expect(await new FunctionClient('my-chained-function').invoke(event)).toEqual({ got: event });
  },
  20: ({ exists, other }) => expect({ exists, other }).toEqual({ exists: true, other: false }),
  21: async ({ deleted }) => {
    expect(deleted).toMatchObject({ functionDeleted: true });
    expect(await new FunctionClient('my-created-function').exists()).toBe(false);
  },
  22: ({ result }) => expect(result).toMatchObject({ memorySize: 512, lastUpdateStatus: 'Successful' }),
  23: async ({ updated, image }) => {
    expect(updated.lastUpdateStatus).toBe('Successful');
    expect(image.functionName).toBe('my-image-function');
  },
  24: async () => {
    expect(await fn.configuration()).toMatchObject({ memorySize: 1_024, timeout: 120, environment: { KEY: 'value' } });
  },
  25: ({ result }) => expect(result).toEqual({ got: event }),
  26: ({ result }) => expect(result).toMatchObject({ status: 200, payload: { got: event }, requestId: expect.any(String) }),
  27: ({ payload, logs, requestId }) => {
    expect(payload).toEqual({ got: event });
    expect(logs).toContain('a line of the function');
    expect(requestId).toMatch(/^[\w-]{36}$/);
  },
  28: ({ requestId }) => expect(requestId).toMatch(/^[\w-]{36}$/),
  29: ({ allowed, reason }) => expect({ allowed, reason }).toEqual({ allowed: true, reason: undefined }),
  30: ({ result, requestId }) => {
    expect(result).toEqual({ got: event });
    expect(requestId).toMatch(/^[\w-]{36}$/);
  },
  31: ({ config }) => expect(config).toMatchObject({ functionName: 'my-function', handler: 'my_function.run' }),
  32: ({ info }) => expect(info.codeLocation).toMatch(/^http/),
  33: async ({ one, all }) => {
    expect(one.environment).toEqual({ KEY: 'value' });
    expect(all.environment).toEqual({ KEY1: 'val1', KEY2: 'val2' });
  },
  34: ({ arn, added, set }) => {
    expect(added.layers).toEqual([arn]);
    expect(set.layers).toEqual([arn]);
  },
  35: async ({ result }) => {
    expect(result).toMatchObject({ authType: 'AWS_IAM', invokeMode: 'BUFFERED' });
    await fn.url.delete();
  },
  36: ({ result, statements }) => {
    expect(result).toMatchObject({ authType: 'NONE' });
    expect(statements.map(({ Action }: { Action: string }) => Action).sort()).toEqual([
      'lambda:InvokeFunction',
      'lambda:InvokeFunctionUrl',
    ]);
  },
  37: ({ url, info, exists }) => {
    expect(url).toBe(info.url);
    expect(exists).toBe(true);
  },
  38: async ({ updated }) => expect(updated).toMatchObject({ authType: 'NONE', invokeMode: 'RESPONSE_STREAM' }),
  39: async ({ deleted }) => {
    expect(deleted).toBe(true);
    expect(await fn.url.exists()).toBe(false);
  },
  40: async () => expect(await sids()).toEqual(['AllowS3Invoke']),
  41: async ({ removed }) => {
    expect(removed).toBe(true);
    expect(await sids()).toEqual([]);
    await fn.permissions.add({ statementId: 'Again', principal: 'events.amazonaws.com', sourceArn: 'arn:aws:events:::rule/a' });
  },
  42: ({ policy, statements, bySid }) => {
    expect(statements).toHaveLength(1);
    expect(policy.Statement).toEqual(statements);
    expect(bySid.get('Again')).toEqual(statements[0]);
  },
  43: async () => expect(await sids()).toEqual([]),
  44: async ({ mapping, mappings, deleted }) => {
    expect(mappings.map(({ uuid }: { uuid: string }) => uuid)).toEqual([mapping.uuid]);
    expect(mapping.reportBatchItemFailures).toBe(true);
    expect(deleted).toBe(true);
    expect(await fn.eventSources.list()).toEqual([]);
  },
  45: async ({ version, alias, aliases, deleted }) => {
    expect(alias).toMatchObject({ name: 'prod', functionVersion: version, description: 'Production alias' });
    expect(aliases).toEqual([alias]);
    expect(deleted).toBe(true);
    expect(await fn.aliases.list()).toEqual([]);
  },
  46: ({ functions, byName, names }) => {
    expect(names).toEqual(expect.arrayContaining(['my-function', 'my-chained-function']));
    expect(functions).toHaveLength(names.length);
    expect(byName.get('my-function').handler).toBe('my_function.run');
  },
  47: ({ logGroup, lines }) => {
    expect(logGroup).toBe('/aws/lambda/my-function');
    expect(lines.map(({ message }: { message: string }) => message).join('\n')).toContain('a line of the function');
  },
  48: ({ active, updated }) => {
    expect(active.state).toBe('Active');
    expect(updated.lastUpdateStatus).toBe('Successful');
  },
  54: async ({ exists, info, latest, version, arn, versions, deleted }) => {
    expect(exists).toBe(true);
    expect(info).toMatchObject({ layerName: 'my-layer', version: 1 });
    expect(latest).toMatchObject({ version, layerVersionArn: arn });
    expect(versions).toEqual([latest]);
    expect(existsSync(join(folder, 'my-layer.zip'))).toBe(true);
    expect(deleted).toBe(true);
    expect(await layer.exists()).toBe(false);
  },
  55: async ({ layers, byName }) => {
    expect(layers.map(({ layerName }: { layerName: string }) => layerName)).toEqual(['other-layer']);
    expect(byName.get('other-layer').latest.version).toBe(1);
  },
  59: async ({ role }) => {
    expect(role.roleArn).toMatch(/^arn:aws:iam::000000000000:role\//);
    expect((await new FunctionClient('my-test-function').configuration()).role).toBe(role.roleArn);
  },
  60: ({ settings }) => expect(settings.limit.totalCodeSize).toBeGreaterThan(0),
  65: ({ problems }) => expect(problems).toEqual([expect.stringContaining('ResourceNotFoundException: ')]),
};

/** What has to be there before an example. */
const before: Record<number, () => Promise<unknown>> = {
  55: () => new LayerClient('other-layer').publish({ content: { zipFile: zipSync({ 'python/lib.py': strToU8('') }) } }),
};

test.each(Object.keys(checks).map(Number))(
  'example %i',
  async (number) => {
    const example = examples.get(number) as Example;
    await before[number]?.();
    const blocks = example.counterparts.filter(({ language }) => language === 'ts');
    expect(blocks).toHaveLength(1);
    await checks[number]?.(await runAsync(blocks[0]?.code ?? '', { fn, layer }));
  },
  30_000,
);
