import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ConflictError,
  FunctionClient,
  FunctionFailedError,
  FunctionNotFoundError,
  invoke,
  invokeAsync,
  LayerClient,
  PayloadTooLargeError,
} from '../../client';
import { InvalidParameterError } from '../../lambda/runtime';
import { useMiniStack } from '../support/ministack';
import { until } from '../support/until';
import { HANDLER, newClient, optionsFor, ROLE, spec, zipOf } from './function-client-support';

const ministack = useMiniStack();
const MB = 1_048_576;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-client-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('create', () => {
  test('creates an active function with the default settings', async () => {
    const client = newClient(ministack);
    expect(await client.exists()).toBe(false);
    const before = Date.now();
    const made = await client.create(spec({ environment: { GREETING: 'hello' }, tags: { team: 'a' }, description: 'A test' }));
    expect(made).toMatchObject({
      functionName: client.functionName,
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${client.functionName}`,
      version: '$LATEST',
      packageType: 'Zip',
      runtime: 'nodejs20.x',
      handler: 'index.handler',
      role: ROLE,
      description: 'A test',
      memorySize: 512,
      timeout: 60,
      ephemeralStorageSize: 512,
      architecture: 'x86_64',
      tracingMode: 'PassThrough',
      environment: { GREETING: 'hello' },
      layers: [],
      logGroup: `/aws/lambda/${client.functionName}`,
      state: 'Active',
      lastUpdateStatus: 'Successful',
    });
    // The timestamps have a precision of one second.
    expect(made.lastModified.getTime()).toBeGreaterThan(before - 1_000);
    expect(made.lastModified.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await client.exists()).toBe(true);
    expect(await client.invoke({ id: 1 })).toEqual({ event: { id: 1 }, greeting: 'hello' });
    const info = await client.info();
    expect(info).toMatchObject({ configuration: made, tags: { team: 'a' } });
    expect((await fetch(info.codeLocation ?? '')).status).toBe(200);
  });

  test('applies all settings', async () => {
    const client = newClient(ministack);
    const settings = {
      memorySize: 1_024,
      timeout: 120,
      ephemeralStorageSize: 1_024,
      architecture: 'arm64',
      tracingMode: 'Active',
      logGroup: '/all/of/them',
    } as const;
    expect(await client.create(spec(settings))).toMatchObject(settings);
  });

  test('uses the default for an option that is undefined', async () => {
    expect(await newClient(ministack).create(spec({ memorySize: undefined, timeout: undefined }))).toMatchObject({
      memorySize: 512,
      timeout: 60,
    });
  });

  test('accepts the path of a zip and the path of a folder', async () => {
    const path = join(folder, 'function.zip');
    writeFileSync(path, zipOf('exports.handler = () => Promise.resolve("from a path");'));
    const byPath = newClient(ministack);
    await byPath.create(spec({ code: { zipFile: path } }));
    expect(await byPath.invoke()).toBe('from a path');

    mkdirSync(join(folder, 'code', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'code', 'index.js'), 'exports.handler = async () => require("./deep/part").value;');
    writeFileSync(join(folder, 'code', 'deep', 'part.js'), 'exports.value = "from a folder";');
    const byFolder = newClient(ministack);
    const first = await byFolder.create(spec({ code: { folder: join(folder, 'code') } }));
    expect(await byFolder.invoke()).toBe('from a folder');
    writeFileSync(join(folder, 'code', 'index.js'), 'exports.handler = async () => require("./deep/part").value;');
    expect((await byFolder.updateCode({ folder: join(folder, 'code') })).codeSha256).toBe(first.codeSha256);
  });

  test('accepts a container image', async () => {
    const client = newClient(ministack);
    const imageUri = '000000000000.dkr.ecr.us-east-1.amazonaws.com/repository:1';
    expect(await client.create({ code: { imageUri }, role: ROLE })).toMatchObject({ packageType: 'Image', runtime: undefined });
    expect((await client.info()).imageUri).toBe(imageUri);
    await client.updateImage(imageUri.replace(':1', ':2'));
    expect((await client.info()).imageUri).toBe(imageUri.replace(':1', ':2'));
  });

  test('rejects a function that exists', async () => {
    const client = newClient(ministack);
    await client.create(spec());
    const error = await client.create(spec()).catch((caught) => caught);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ name: 'ConflictError', code: 'ResourceConflictException', requestId: expect.any(String) });
    expect(error.message).toContain(`could not create function '${client.functionName}': Function already exist`);
  });

  const image = { code: { imageUri: 'uri' }, role: ROLE };
  test.each([
    [spec({ memorySize: 127 }), 'memorySize in MiB must be a whole number between 128 and 10240, got: 127'],
    [spec({ memorySize: 10_241 }), 'memorySize in MiB must be a whole number between 128 and 10240, got: 10241'],
    [spec({ timeout: 0 }), 'timeout in seconds must be a whole number between 1 and 900, got: 0'],
    [spec({ timeout: 901 }), 'timeout in seconds must be a whole number between 1 and 900, got: 901'],
    [spec({ ephemeralStorageSize: 511 }), 'ephemeralStorageSize in MiB must be a whole number between 512 and 10240, got: 511'],
    [spec({ timeout: 1.5 }), 'timeout in seconds must be a whole number between 1 and 900, got: 1.5'],
    [spec({ description: 'x'.repeat(257) }), 'description must have at most 256 characters, got: 257'],
    [spec({ layers: Array(6).fill('arn') }), 'a function must have at most 5 layers, got: 6'],
    [
      spec({ environment: { NAME: 'x'.repeat(4_093) } }),
      'the environment of a function must have at most 4096 bytes, names and values together, got: 4097',
    ],
    [
      spec({ environment: { '1A': '' } }),
      "the name of an environment variable must start with a letter and have 2 or more letters, digits and '_', got: '1A'",
    ],
    [spec({ runtime: undefined }), 'a function from a zip must have a runtime and a handler, got: {"handler":"index.handler"}'],
    [
      { ...image, handler: 'a.b' },
      "a function from an image must have no runtime, handler or layers, which are part of the image, got: 'handler'",
    ],
    [spec({ code: {} as never }), "code must have exactly one of zipFile, folder, s3Bucket, imageUri, got: 'none'"],
    [
      spec({ code: { zipFile: new Uint8Array(), imageUri: 'uri' } as never, runtime: undefined, handler: undefined }),
      "code must have exactly one of zipFile, folder, s3Bucket, imageUri, got: 'zipFile, imageUri'",
    ],
  ])('rejects invalid settings before any call: %#', async (wrong, message) => {
    const client = newClient(ministack);
    const error = await client.create(wrong).catch((caught) => caught);
    expect(error).toBeInstanceOf(InvalidParameterError);
    expect(error).toMatchObject({ message, code: 'InvalidParameterError', requestId: undefined });
    expect(error.remedy).not.toBe('');
    expect(await client.exists()).toBe(false);
  });

  test('accepts values at the limits', async () => {
    const limits = { memorySize: 128, timeout: 900, ephemeralStorageSize: 10_240, environment: { NAME: 'x'.repeat(4_092) } };
    expect(await newClient(ministack).create(spec({ ...limits, description: 'x'.repeat(256) }))).toMatchObject(limits);
  });

  test('rejects a missing file, an empty folder, and a zip over 50 MB', async () => {
    const client = newClient(ministack);
    await expect(client.create(spec({ code: { zipFile: join(folder, 'none.zip') } }))).rejects.toThrow(
      /^zipFile must be the path of a zip, got: '.*none\.zip \(ENOENT/,
    );
    await expect(client.create(spec({ code: { folder: join(folder, 'none') } }))).rejects.toThrow(
      /^folder must be the path of a folder, got: '.*none \(ENOENT/,
    );
    mkdirSync(join(folder, 'empty'));
    await expect(client.create(spec({ code: { folder: join(folder, 'empty') } }))).rejects.toThrow(
      /^folder must contain at least one file, got: /,
    );
    const error = await client.create(spec({ code: { zipFile: new Uint8Array(50 * MB + 1) } })).catch((caught) => caught);
    expect(error).toBeInstanceOf(PayloadTooLargeError);
    expect(error.message).toBe('a zip that is uploaded directly must have at most 52428800 bytes, got: 52428801');
    expect(error.remedy).toContain('s3Bucket');
  });
});

describe('update', () => {
  test('changes code and configuration, and keeps all other settings', async () => {
    const client = newClient(ministack);
    await client.create(spec({ environment: { GREETING: 'hello' }, timeout: 30 }));
    const code = { zipFile: zipOf('exports.handler = async () => process.env.GREETING + " from new code";') };
    const updated = await client.update({ code, architecture: 'arm64', memorySize: 256 });
    expect(updated).toMatchObject({
      memorySize: 256,
      timeout: 30,
      architecture: 'arm64',
      environment: { GREETING: 'hello' },
      lastUpdateStatus: 'Successful',
    });
    expect(await client.invoke()).toBe('hello from new code');
    expect(await client.update({})).toEqual(updated);
  });

  test('changes only the code, or only the configuration', async () => {
    const client = newClient(ministack);
    const { codeSha256 } = await client.create(spec({ logGroup: '/first' }));
    expect((await client.updateCode({ zipFile: zipOf('exports.handler = async () => 2;') })).codeSha256).not.toBe(codeSha256);
    expect(await client.invoke()).toBe(2);
    expect(await client.updateConfiguration({ timeout: 5, logGroup: '/second' })).toMatchObject({
      timeout: 5,
      memorySize: 512,
      logGroup: '/second',
    });
  });

  test('adds environment variables or replaces all of them', async () => {
    const client = newClient(ministack);
    await client.create(spec({ environment: { FIRST: '1', SECOND: '2' } }));
    expect((await client.addEnvironment({ SECOND: 'two', THIRD: '3' })).environment).toEqual({
      FIRST: '1',
      SECOND: 'two',
      THIRD: '3',
    });
    expect((await client.updateConfiguration({ environment: { ONLY: 'one' } })).environment).toEqual({ ONLY: 'one' });
  });

  test('keeps the variables of two concurrent updates of the environment', async () => {
    const client = newClient(ministack);
    await client.create(spec());
    await Promise.all([client.addEnvironment({ FIRST: '1' }), client.addEnvironment({ SECOND: '2' })]);
    expect((await client.configuration()).environment).toEqual({ FIRST: '1', SECOND: '2' });
  });

  test('adds layers, replaces the version of a layer in place, and replaces all layers', async () => {
    const client = newClient(ministack);
    await client.create(spec());
    const publish = async (name: string) =>
      (await new LayerClient(name, optionsFor(ministack)).publish({ content: { zipFile: zipOf('1') } })).layerVersionArn;
    const [one, other, newer] = [await publish('added'), await publish('other'), await publish('added')];
    expect((await client.addLayers(one)).layers).toEqual([one]);
    expect((await client.addLayers(other, newer)).layers).toEqual([newer, other]);
    expect((await client.setLayers([other])).layers).toEqual([other]);
    const six = Array.from({ length: 5 }, (_, index) => `arn:aws:lambda:us-east-1:000000000000:layer:l${index}:1`);
    await expect(client.addLayers(...six)).rejects.toThrow('a function must have at most 5 layers, got: 6');
    expect((await client.configuration()).layers).toEqual([other]);
    expect(() => client.addLayers('arn:aws:lambda:us-east-1:000000000000:layer:l')).toThrow(
      "the ARN of a layer version must end with the version number, got: 'arn:aws:lambda:us-east-1:000000000000:layer:l'",
    );
  });

  test('rejects an invalid setting before it changes the code', async () => {
    const client = newClient(ministack);
    const { codeSha256 } = await client.create(spec());
    await expect(client.update({ code: { zipFile: zipOf('2') }, timeout: 901 })).rejects.toThrow('timeout in seconds must be');
    await expect(client.update({ architecture: 'arm64' })).rejects.toThrow('architecture requires code');
    expect((await client.configuration()).codeSha256).toBe(codeSha256);
  });

  test('rejects a version, because versions never change', async () => {
    const client = newClient(ministack, ':1');
    await expect(client.updateConfiguration({ timeout: 5 })).rejects.toThrow(
      `an update of '${client.functionName}' must have no qualifier, because versions never change, got: '1'`,
    );
  });

  test('rejects a function that does not exist without waiting for it', async () => {
    await expect(newClient(ministack).updateConfiguration({ timeout: 5 })).rejects.toThrow(FunctionNotFoundError);
    await expect(newClient(ministack).waitUntilActive()).rejects.toThrow(FunctionNotFoundError);
    // Waiting for the function would take minutes.
  }, 60_000);
});

test('deploy creates a function, or updates an existing one', async () => {
  const client = newClient(ministack);
  expect(await client.deploy(spec())).toMatchObject({ created: true, configuration: { memorySize: 512 } });
  const code = { zipFile: zipOf('exports.handler = async () => "deployed again";') };
  const again = await client.deploy(spec({ code, memorySize: 256, tags: { team: 'b' } }));
  expect(again).toMatchObject({ created: false, configuration: { memorySize: 256, state: 'Active' } });
  expect(await client.invoke()).toBe('deployed again');
});

describe('invoke', () => {
  let client: FunctionClient;
  beforeAll(async () => {
    client = newClient(ministack);
    await client.create(spec({ environment: { GREETING: 'hello' } }));
  });

  test('returns the result of the function', async () => {
    expect(await client.invoke<{ greeting: string }>({ key: 'value' })).toEqual({ event: { key: 'value' }, greeting: 'hello' });
    expect(await client.invoke()).toEqual({ event: {}, greeting: 'hello' });
    expect(await client.invoke('text')).toMatchObject({ event: 'text' });
    expect(await client.invoke({ text: 'äöü 日本' })).toMatchObject({ event: { text: 'äöü 日本' } });
    expect(await invoke(client.functionName, { one: 'line' }, optionsFor(ministack))).toMatchObject({ event: { one: 'line' } });
  });

  test('throws the error of the function', async () => {
    const error = (await client.invoke({ fail: 'out of range' }).catch((caught) => caught)) as FunctionFailedError;
    expect(error).toBeInstanceOf(FunctionFailedError);
    expect(error).toMatchObject({
      name: 'FunctionFailedError',
      // MiniStack uses this type for all errors of handlers. function-client-faults.test.ts tests the types of AWS.
      message: `function '${client.functionName}' failed: Runtime.HandlerError: out of range`,
      errorType: 'Runtime.HandlerError',
      errorMessage: 'out of range',
      functionError: 'Unhandled',
      code: 'Unhandled',
      requestId: expect.any(String),
    });
    expect(error.payload).toMatchObject({ errorMessage: 'out of range' });
    expect(error.remedy).toContain('invokeWithLogs');
  });

  test('raw returns status, payload and metadata, also for an error', async () => {
    const good = await client.invokeRaw({ key: 'value' });
    expect(good).toMatchObject({
      status: 200,
      payload: { event: { key: 'value' } },
      functionError: undefined,
      executedVersion: '$LATEST',
      requestId: expect.stringMatching(/.+/),
      response: { StatusCode: 200, $metadata: { httpStatusCode: 200 } },
    });
    expect(await client.invokeRaw({ fail: 'x' })).toMatchObject({
      status: 200,
      functionError: 'Unhandled',
      payload: { errorMessage: 'x' },
    });
  });

  test('logs returns the end of the log, also for an error', async () => {
    const good = await client.invokeWithLogs({ key: 'value' });
    expect(good.payload).toEqual({ event: { key: 'value' }, greeting: 'hello' });
    expect(good.logs).toContain('a line of the handler');
    expect(good.requestId).not.toBe('');
    const error: FunctionFailedError = await client.invokeWithLogs({ fail: 'x' }).catch((caught) => caught);
    expect(error).toBeInstanceOf(FunctionFailedError);
    expect(error.logs).toContain('a line of the handler');
  });

  test('returns at once for an asynchronous invocation, and the function runs', async () => {
    const { requestId } = await client.invokeAsync({ id: 'asynchronous' });
    expect(requestId).not.toBe('');
    expect((await invokeAsync(client.functionName, {}, optionsFor(ministack))).requestId).not.toBe('');
    const lines = async () => (await client.logs.recent({ filterPattern: 'handler' })).length;
    const before = await lines();
    await client.invokeAsync({});
    await until('a line of the log', 30_000, async () => (await lines()) > before);
  });

  test('a dry run reports that the invocation is allowed, and does not invoke the function', async () => {
    const quiet = newClient(ministack);
    await quiet.create(spec());
    expect(await quiet.dryRun({ fail: 'x' })).toEqual({ allowed: true });
    expect(await quiet.logs.recent()).toEqual([]);
    await expect(newClient(ministack).dryRun()).rejects.toThrow(FunctionNotFoundError);
  });

  test('rejects an event that is not JSON or is too large before any call', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(client.invoke(() => 1)).rejects.toThrow("an event must be a JSON value, got: 'function'");
    await expect(client.invoke(circular)).rejects.toThrow(/^an event must be a JSON value, got: 'Converting circular/);
    // The two quotation marks of a JSON string count towards the size.
    const bytes = (count: number) => 'x'.repeat(count - 2);
    for (const call of ['invoke', 'invokeRaw', 'invokeWithLogs', 'dryRun'] as const) {
      const error = await client[call](bytes(6 * MB + 1)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(PayloadTooLargeError);
      expect(error).toHaveProperty('message', 'the event of an invocation must have at most 6291456 bytes, got: 6291457');
    }
    await expect(client.invokeAsync(bytes(MB + 1))).rejects.toThrow(
      'the event of an asynchronous invocation must have at most 1048576 bytes, got: 1048577',
    );
    expect(await client.invoke(bytes(6 * MB))).toBeDefined();
    expect(await client.invokeAsync(bytes(MB))).toBeDefined();
  });

  test('rejects a function that does not exist', async () => {
    const none = newClient(ministack);
    const error = (await none.invoke({}).catch((caught) => caught)) as FunctionNotFoundError;
    expect(error).toBeInstanceOf(FunctionNotFoundError);
    expect(error).toMatchObject({ name: 'FunctionNotFoundError', code: 'ResourceNotFoundException' });
    expect(error.message).toContain(`could not invoke function '${none.functionName}': Function not found`);
    await expect(none.configuration()).rejects.toThrow(FunctionNotFoundError);
    await expect(none.info()).rejects.toThrow(FunctionNotFoundError);
  });
});

test('invokes a Python function and throws its error', async () => {
  const client = newClient(ministack);
  const source = 'def run(event, context):\n    if event:\n        raise ValueError("not this")\n    return [1, None]\n';
  await client.create(spec({ code: { zipFile: zipOf(source, 'app.py') }, runtime: 'python3.13', handler: 'app.run' }));
  expect(await client.invoke()).toEqual([1, null]);
  await expect(client.invoke({ any: 'thing' })).rejects.toMatchObject({ errorMessage: 'not this', functionError: 'Unhandled' });
});

describe('waiting', () => {
  test('returns the configuration of an existing function', async () => {
    const client = newClient(ministack);
    await client.create(spec());
    expect(await client.waitUntilActive()).toMatchObject({ state: 'Active' });
    expect(await client.waitUntilUpdated({ maxWaitTime: 5 })).toMatchObject({ lastUpdateStatus: 'Successful' });
    await expect(client.waitUntilActive({ maxWaitTime: 0 })).rejects.toThrow(
      'maxWaitTime in seconds must be a whole number between 1 and 3600, got: 0',
    );
  });
});

describe('delete', () => {
  const groups = async (prefix: string) => {
    const logs = new CloudWatchLogsClient({ ...(optionsFor(ministack) as object), region: 'us-east-1' });
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix }));
    return logGroups.map(({ logGroupName }) => logGroupName);
  };

  test('returns whether the function existed', async () => {
    const client = newClient(ministack);
    await client.create(spec());
    expect(await client.delete()).toEqual({ functionDeleted: true });
    expect(await client.exists()).toBe(false);
    expect(await client.delete({ logGroup: true })).toEqual({ functionDeleted: false });
  });

  test('also deletes the log group if the option is set', async () => {
    const client = newClient(ministack);
    const group = `/aws/lambda/${client.functionName}`;
    await client.create(spec());
    await client.invoke();
    expect(await groups(group)).toEqual([group]);
    expect(await client.delete({ logGroup: true })).toEqual({ functionDeleted: true, logGroupDeleted: group });
    expect(await groups(group)).toEqual([]);
    // If the function was deleted earlier, its log group has the default name.
    await client.create(spec());
    await client.invoke();
    await client.delete();
    expect(await client.delete({ logGroup: true })).toEqual({ functionDeleted: false, logGroupDeleted: group });
  });

  test('deletes the configured log group unless other functions log to it', async () => {
    const [first, second] = [newClient(ministack), newClient(ministack)];
    const logGroup = '/shared/by/two';
    for (const client of [first, second]) {
      await client.create(spec({ logGroup }));
      await client.invoke();
    }
    expect(await first.delete({ logGroup: true })).toEqual({
      functionDeleted: true,
      logGroupKept: { logGroup, sharedWith: [second.functionName] },
    });
    expect(await groups(logGroup)).toEqual([logGroup]);
    expect(await second.delete({ logGroup: true })).toEqual({ functionDeleted: true, logGroupDeleted: logGroup });
    expect(await groups(logGroup)).toEqual([]);
  });

  test('rejects a qualifier, because versions and aliases have their own methods', async () => {
    await expect(newClient(ministack, ':1').delete()).rejects.toThrow(
      "delete must be called on a function without a qualifier, got: '1'",
    );
  });
});

describe('the account', () => {
  test('lists functions from several pages, also by name prefix', async () => {
    const options = optionsFor(ministack);
    const before = await FunctionClient.listNames(options);
    const names = Array.from({ length: 55 }, (_, index) => `listed-${index}`);
    const code = { zipFile: zipOf(HANDLER) };
    await Promise.all(names.map((name) => new FunctionClient(name, options).create(spec({ code }))));
    expect((await FunctionClient.listNames(options)).sort()).toEqual([...before, ...names].sort());
    const byName = await FunctionClient.listByName(options);
    expect(byName.get('listed-7')).toMatchObject({ functionName: 'listed-7', runtime: 'nodejs20.x' });
    expect(byName.size).toBe(before.length + 55);
    await Promise.all(names.map((name) => new FunctionClient(name, options).delete()));
  });

  test('returns the limits of the account and their usage', async () => {
    const options = optionsFor(ministack);
    await newClient(ministack).create(spec());
    const { limit, usage } = await FunctionClient.accountSettings(options);
    expect(limit).toMatchObject({ codeSizeUnzipped: 250 * MB, codeSizeZipped: 50 * MB });
    expect(limit.concurrentExecutions).toBeGreaterThan(0);
    expect(limit.unreservedConcurrentExecutions).toBeLessThanOrEqual(limit.concurrentExecutions);
    expect(limit.totalCodeSize).toBeGreaterThan(usage.totalCodeSize);
    expect(usage.totalCodeSize).toBeGreaterThan(0);
    expect(usage.functionCount).toBe((await FunctionClient.list(options)).length);
  });
});

test('returns the log group of a function, its newest events, and events that match a pattern', async () => {
  const client = newClient(ministack);
  await client.create(spec({ code: { zipFile: zipOf('exports.handler = async (e) => console.log("line " + e.index);') } }));
  expect(await client.logs.logGroupName()).toBe(`/aws/lambda/${client.functionName}`);
  expect(await client.logs.recent()).toEqual([]);
  const started = new Date();
  for (const index of [1, 2, 3]) await client.invoke({ index });
  const lines = (await client.logs.recent({ filterPattern: 'line' })).map(({ message }) => message);
  expect(lines.map((message) => message.replace(/^.*line/, 'line'))).toEqual(['line 1', 'line 2', 'line 3']);
  const [newest] = await client.logs.recent({ filterPattern: 'line', limit: 1 });
  expect(newest?.message).toMatch(/line 3$/);
  expect(newest?.logStreamName).toContain('[$LATEST]');
  expect((newest?.timestamp.getTime() ?? 0) - started.getTime()).toBeGreaterThan(-2_000);
  expect(await client.logs.recent({ since: new Date(Date.now() + 60_000) })).toEqual([]);
  await expect(client.logs.recent({ limit: 0 })).rejects.toThrow('limit must be a whole number between 1 and 10000, got: 0');
  await expect(newClient(ministack).logs.recent()).rejects.toThrow(FunctionNotFoundError);
});
