import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { ConflictError, FunctionNotFoundError, ResourceNotFoundError } from '../../client';
import { FunctionClient } from '../../client/function-client';
import { InvalidParameterError } from '../../lambda/runtime';
import { useMiniStack } from '../support/ministack';
import { newClient, optionsFor, spec, zipOf } from './function-client-support';

const ministack = useMiniStack();
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/r';
const returning = (value: number) => ({ zipFile: zipOf(`exports.handler = async () => ${value};`) });

async function created(qualifier = ''): Promise<FunctionClient> {
  const client = newClient(ministack);
  await client.create(spec({ code: returning(1) }));
  return qualifier ? new FunctionClient(`${client.functionName}:${qualifier}`, optionsFor(ministack)) : client;
}

describe('versions', () => {
  test('are published, listed and deleted', async () => {
    const client = await created();
    expect(await client.versions.list()).toEqual([]);
    const first = await client.versions.publish({ description: 'the first' });
    expect(first).toMatchObject({ version: '1', description: 'the first' });
    // Publishing again without changes returns the same version.
    expect((await client.versions.publish()).version).toBe('1');
    await client.updateCode(returning(2));
    expect((await client.versions.publish()).version).toBe('2');
    expect((await client.versions.list()).map(({ version }) => version)).toEqual(['1', '2']);
    const versioned = (version: string) => new FunctionClient(`${client.functionName}:${version}`, optionsFor(ministack));
    expect([await versioned('1').invoke(), await versioned('2').invoke(), await client.invoke()]).toEqual([1, 2, 2]);
    expect((await versioned('1').invokeRaw()).executedVersion).toBe('1');
    expect(await versioned('1').configuration()).toMatchObject({ version: '1', description: 'the first' });

    await client.versions.delete('1');
    expect((await client.versions.list()).map(({ version }) => version)).toEqual(['2']);
    expect(await versioned('1').exists()).toBe(false);
    expect(await client.exists()).toBe(true);
  });

  test('cannot be deleted if the number is invalid, the version does not exist, or an alias uses it', async () => {
    const client = await created();
    for (const wrong of ['$LATEST', '', 'live']) {
      await expect(client.versions.delete(wrong)).rejects.toThrow(
        `a version must be the number of a published version, got: '${wrong}'`,
      );
    }
    await expect(client.versions.delete('7')).rejects.toThrow(ResourceNotFoundError);
    const { version } = await client.versions.publish();
    await client.aliases.create('live', { functionVersion: version });
    await expect(client.versions.delete(version)).rejects.toThrow(ConflictError);
    expect(await client.invoke()).toBe(1);
    await expect(newClient(ministack).versions.list()).rejects.toThrow(FunctionNotFoundError);
    await expect(newClient(ministack).versions.publish()).rejects.toThrow(FunctionNotFoundError);
  });
});

describe('aliases', () => {
  test('are created, read, listed, updated and deleted', async () => {
    const client = await created();
    await client.versions.publish();
    await client.updateCode(returning(2));
    await client.versions.publish();
    const made = await client.aliases.create('live', { functionVersion: '1', description: 'what users see' });
    expect(made).toEqual({
      name: 'live',
      aliasArn: `arn:aws:lambda:us-east-1:000000000000:function:${client.functionName}:live`,
      functionVersion: '1',
      description: 'what users see',
      routing: {},
    });
    expect(await client.aliases.get('live')).toEqual(made);
    expect(await client.aliases.get('none')).toBeUndefined();
    const live = new FunctionClient(`${client.functionName}:live`, optionsFor(ministack));
    expect(live.qualifier).toBe('live');
    expect(await live.invoke()).toBe(1);

    const canary = await client.aliases.update('live', { routing: { '2': 0.1 } });
    expect(canary).toMatchObject({ functionVersion: '1', description: 'what users see', routing: { '2': 0.1 } });
    expect(await client.aliases.update('live', { functionVersion: '2', routing: {} })).toMatchObject({
      functionVersion: '2',
      routing: {},
    });
    expect(await live.invoke()).toBe(2);
    await client.aliases.create('test', { functionVersion: '1', routing: { '2': 0.5 } });
    expect((await client.aliases.list()).map(({ name, routing }) => [name, routing])).toEqual([
      ['live', {}],
      ['test', { '2': 0.5 }],
    ]);
    expect(await client.aliases.delete('live')).toBe(true);
    expect(await client.aliases.delete('live')).toBe(false);
    expect((await client.aliases.list()).map(({ name }) => name)).toEqual(['test']);
  });

  test.each([
    [{ '2': 1.1 }, 'the share of a version must be a number between 0 and 1, got: 1.1'],
    [{ '2': -0.1 }, 'the share of a version must be a number between 0 and 1, got: -0.1'],
    [{ '2': Number.NaN }, 'the share of a version must be a number between 0 and 1, got: NaN'],
    [{ '2': 0.1, '3': 0.1 }, 'routing must have at most one version besides functionVersion, got: {"2":0.1,"3":0.1}'],
    [{ live: 0.1 }, "routing must have the number of a published version, got: 'live'"],
    [{ '1': 0.1 }, "functionVersion of an alias with routing must be another published version, got: '1'"],
  ])('reject an invalid routing: %j', async (routing, message) => {
    const { aliases } = newClient(ministack);
    await expect(aliases.create('live', { functionVersion: '1', routing })).rejects.toThrow(message);
    await expect(aliases.update('live', { functionVersion: '1', routing })).rejects.toThrow(message);
  });

  test('reject a name that is a number, and a name that exists', async () => {
    const client = await created();
    await expect(client.aliases.create('1', { functionVersion: '$LATEST' })).rejects.toThrow(
      "an alias name must have 1 to 128 letters, digits, '-' and '_', and not only digits, got: '1'",
    );
    await client.aliases.create('live', { functionVersion: '$LATEST' });
    await expect(client.aliases.create('live', { functionVersion: '$LATEST' })).rejects.toThrow(ConflictError);
    await expect(client.aliases.update('none', { description: '' })).rejects.toThrow(ResourceNotFoundError);
    await expect(newClient(ministack).aliases.create('a', { functionVersion: '1' })).rejects.toThrow(FunctionNotFoundError);
  });
});

describe('url', () => {
  /** Requests a function URL from MiniStack. */
  const get = async (url = '') => {
    const [, id] = /^https:\/\/([a-z0-9]+)\.lambda-url\./.exec(url) ?? [];
    return fetch(`${ministack.endpoint}/_aws/lambda-url/${id}/`);
  };

  test('requires IAM authentication by default', async () => {
    const client = await created();
    expect(await client.url.exists()).toBe(false);
    expect(await client.url.get()).toBeUndefined();
    expect(await client.url.info()).toBeUndefined();
    const made = await client.url.create();
    expect(made).toMatchObject({
      authType: 'AWS_IAM',
      invokeMode: 'BUFFERED',
      url: expect.stringMatching(/^https:\/\/.*on\.aws\//),
    });
    expect(await client.url.get()).toBe(made.url);
    expect(await client.url.info()).toMatchObject(made);
    expect(await client.url.exists()).toBe(true);
    expect(await client.permissions.list()).toEqual([]);
    expect((await get(made.url)).status).toBe(403);
    await expect(client.url.create()).rejects.toThrow(ConflictError);
    await expect(newClient(ministack).url.create()).rejects.toThrow(FunctionNotFoundError);
  });

  test('has both permissions if it is public, and they are deleted with it', async () => {
    const client = await created();
    await client.permissions.add({ statementId: 'other', principal: 'events.amazonaws.com', sourceArn: RULE });
    const cors = { allowOrigins: ['https://example.com'], allowMethods: ['GET'], maxAge: 60 };
    const made = await client.url.createPublic({ invokeMode: 'RESPONSE_STREAM', cors });
    expect(made).toMatchObject({ authType: 'NONE', invokeMode: 'RESPONSE_STREAM', cors });
    const byId = await client.permissions.byId();
    expect(byId.get('FunctionURLAllowPublicAccess')).toMatchObject({
      Principal: '*',
      Action: 'lambda:InvokeFunctionUrl',
      Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
    });
    expect(byId.get('FunctionURLInvokeAllowPublicAccess')).toMatchObject({
      Principal: '*',
      Action: 'lambda:InvokeFunction',
      Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    });
    expect(byId.size).toBe(3);
    expect((await get(made.url)).status).toBe(200);
    expect(await client.url.delete()).toBe(true);
    expect([...(await client.permissions.byId()).keys()]).toEqual(['other']);
    expect(await client.url.delete()).toBe(false);
  });

  test('gains and loses its permissions when it becomes public and private again', async () => {
    const client = await created();
    await client.url.create();
    expect(await client.url.update({ invokeMode: 'RESPONSE_STREAM' })).toMatchObject({
      authType: 'AWS_IAM',
      invokeMode: 'RESPONSE_STREAM',
    });
    expect(await client.permissions.list()).toHaveLength(0);
    expect(await client.url.update({ authType: 'NONE' })).toMatchObject({ authType: 'NONE', invokeMode: 'RESPONSE_STREAM' });
    expect(await client.permissions.list()).toHaveLength(2);
    // Making it public again keeps the existing permissions.
    await client.url.update({ authType: 'NONE' });
    expect(await client.permissions.list()).toHaveLength(2);
    expect((await get(await client.url.get())).status).toBe(200);
    await client.url.update({ authType: 'AWS_IAM' });
    expect(await client.permissions.list()).toEqual([]);
    expect((await get(await client.url.get())).status).toBe(403);
    await expect(newClient(ministack).url.update({ authType: 'NONE' })).rejects.toThrow(ResourceNotFoundError);
  });

  test('of an alias is separate from the URL of the function', async () => {
    const client = await created();
    await client.aliases.create('live', { functionVersion: '$LATEST' });
    const live = new FunctionClient(`${client.functionName}:live`, optionsFor(ministack));
    const { url } = await live.url.createPublic();
    expect(await client.url.exists()).toBe(false);
    expect(await live.url.get()).toBe(url);
    expect((await live.permissions.list()).map(({ Resource }) => Resource)).toEqual([
      expect.stringMatching(/:live$/),
      expect.stringMatching(/:live$/),
    ]);
    expect((await get(url)).status).toBe(200);
  });

  test('rejects an invalid maxAge', async () => {
    await expect(newClient(ministack).url.create({ cors: { maxAge: 86_401 } })).rejects.toThrow(
      'maxAge of CORS in seconds must be a whole number between 0 and 86400, got: 86401',
    );
  });
});

describe('permissions', () => {
  test('are added, listed, indexed and removed', async () => {
    const client = await created();
    expect(await client.permissions.list()).toEqual([]);
    const added = await client.permissions.add({
      statementId: 'AllowTopic',
      principal: 'sns.amazonaws.com',
      sourceArn: 'arn:aws:sns:us-east-1:000000000000:topic',
    });
    expect(added).toMatchObject({
      Sid: 'AllowTopic',
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:sns:us-east-1:000000000000:topic' } },
    });
    await client.permissions.add({ statementId: 'AllowAccount', principal: '111122223333', action: 'lambda:GetFunction' });
    await client.permissions.add({ statementId: 'AllowOrganization', principal: '*', principalOrgId: 'o-1234567890' });
    const policy = await client.permissions.policy();
    expect(policy).toMatchObject({ Version: '2012-10-17' });
    expect(await client.permissions.list()).toEqual(policy?.Statement);
    expect((await client.permissions.byId()).get('AllowTopic')).toEqual(added);
    const byAction = await client.permissions.indexBy(({ Action }) => Action);
    expect(byAction.get('lambda:InvokeFunction')?.map(({ Sid }) => Sid)).toEqual(['AllowTopic', 'AllowOrganization']);
    expect(await client.permissions.remove('AllowTopic')).toBe(true);
    expect(await client.permissions.remove('AllowTopic')).toBe(false);
    expect(await client.permissions.clear()).toEqual(['AllowAccount', 'AllowOrganization']);
    expect(await client.permissions.list()).toEqual([]);
    expect(await client.permissions.clear()).toEqual([]);
  });

  test('for S3 include the account, because the ARN of a bucket has none', async () => {
    const client = await created();
    const s3 = { principal: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::bucket' };
    expect((await client.permissions.add({ ...s3, statementId: 'own' })).Condition).toEqual({
      ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' },
      StringEquals: { 'AWS:SourceAccount': '000000000000' },
    });
    expect(
      (await client.permissions.add({ ...s3, statementId: 'other', sourceAccount: '111122223333' })).Condition,
    ).toMatchObject({
      StringEquals: { 'AWS:SourceAccount': '111122223333' },
    });
  });

  test('reject public access, an invalid id, and an id that exists', async () => {
    const client = await created();
    const error = await client.permissions.add({ statementId: 'all', principal: '*' }).catch((caught) => caught);
    expect(error).toBeInstanceOf(InvalidParameterError);
    expect(error.message).toMatch(/^principal '\*' requires a condition \(.*\), got: 'none'$/);
    await expect(client.permissions.add({ statementId: 'a b', principal: '1' })).rejects.toThrow(
      "statementId must have 1 to 100 letters, digits, '-' and '_', got: 'a b'",
    );
    const sns = { statementId: 'once', principal: 'sns.amazonaws.com', sourceArn: 'arn:aws:sns:us-east-1:000000000000:topic' };
    await client.permissions.add(sns);
    await expect(client.permissions.add(sns)).rejects.toThrow(ConflictError);
    await expect(newClient(ministack).permissions.add({ statementId: 'a', principal: '1' })).rejects.toThrow(
      FunctionNotFoundError,
    );
    expect(await newClient(ministack).permissions.policy()).toBeUndefined();
  });
});

describe('event sources', () => {
  const streamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/s';
  const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const queue = async (name: string) => {
    await ministack.sqs().send(new CreateQueueCommand({ QueueName: name }));
    return queueArn(name);
  };

  test('for a queue use partial batch responses, and are listed and deleted', async () => {
    const client = await created();
    expect(await client.eventSources.list()).toEqual([]);
    const made = await client.eventSources.create({ eventSourceArn: await queue('one'), maximumConcurrency: 2 });
    expect(made).toMatchObject({
      eventSourceArn: queueArn('one'),
      functionArn: expect.stringContaining(client.functionName),
      batchSize: 10,
      reportBatchItemFailures: true,
      startingPosition: undefined,
      maximumRetryAttempts: undefined,
    });
    expect(await client.eventSources.waitUntilEnabled(made.uuid)).toMatchObject({ uuid: made.uuid, state: 'Enabled' });
    const other = await client.eventSources.create({
      eventSourceArn: await queue('two'),
      batchSize: 11,
      maximumBatchingWindow: 1,
      reportBatchItemFailures: false,
      enabled: false,
    });
    expect(other).toMatchObject({ batchSize: 11, reportBatchItemFailures: false, state: 'Disabled' });
    expect((await client.eventSources.list()).map(({ uuid }) => uuid)).toEqual([made.uuid, other.uuid]);
    expect(await client.eventSources.get(made.uuid)).toMatchObject({ uuid: made.uuid });
    expect(await client.eventSources.delete(made.uuid)).toBe(true);
    expect(await client.eventSources.delete(made.uuid)).toBe(false);
    expect(await client.eventSources.get(made.uuid)).toBeUndefined();
    await expect(client.eventSources.waitUntilEnabled(other.uuid)).rejects.toThrow(
      `event source mapping '${other.uuid}' must become Enabled, got: 'Disabled'`,
    );
    await expect(client.eventSources.waitUntilEnabled(made.uuid)).rejects.toThrow('got: not found');
    await client.eventSources.delete(other.uuid);
  });

  test('for a stream have limited retries, bisect batches, and have a failure destination', async () => {
    const client = await created();
    const made = await client.eventSources.create({ eventSourceArn: streamArn, onFailure: queueArn('failed') });
    expect(made).toMatchObject({
      reportBatchItemFailures: true,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 3,
      onFailure: queueArn('failed'),
      startingPosition: 'TRIM_HORIZON',
    });
    const other = await client.eventSources.create({
      eventSourceArn: streamArn.replace('/s', '/t'),
      maximumRetryAttempts: -1,
      bisectBatchOnFunctionError: false,
      startingPosition: 'LATEST',
    });
    expect(other).toMatchObject({ maximumRetryAttempts: -1, bisectBatchOnFunctionError: false, startingPosition: 'LATEST' });
    for (const { uuid } of await client.eventSources.list()) await client.eventSources.delete(uuid);
  });

  test('of an alias belong to the alias', async () => {
    const client = await created();
    await client.aliases.create('live', { functionVersion: '$LATEST' });
    const live = new FunctionClient(`${client.functionName}:live`, optionsFor(ministack));
    const { uuid, functionArn } = await live.eventSources.create({ eventSourceArn: await queue('three') });
    expect(functionArn).toMatch(/:live$/);
    await live.eventSources.delete(uuid);
  });

  test.each([
    [{ eventSourceArn: 'queue' }, "eventSourceArn must be the ARN of a queue or stream, got: 'queue'"],
    [{ batchSize: 0 }, 'batchSize must be a whole number between 1 and 10000, got: 0'],
    [{ batchSize: 10_001 }, 'batchSize must be a whole number between 1 and 10000, got: 10001'],
    [
      { batchSize: 11 },
      'a batchSize of more than 10 messages requires a maximumBatchingWindow of 1 second or more, got: undefined',
    ],
    [{ maximumBatchingWindow: 301 }, 'maximumBatchingWindow in seconds must be a whole number between 0 and 300, got: 301'],
    [{ maximumConcurrency: 1 }, 'maximumConcurrency must be a whole number between 2 and 1000, got: 1'],
    [
      { eventSourceArn: streamArn },
      "a stream requires onFailure or maximumRetryAttempts -1, because records that fail would be lost, got: 'neither'",
    ],
    [{ maximumRetryAttempts: -2 }, 'maximumRetryAttempts must be a whole number between -1 and 10000, got: -2'],
    [{ parallelizationFactor: 11 }, 'parallelizationFactor must be a whole number between 1 and 10, got: 11'],
    [{ maximumRecordAge: 59 }, 'maximumRecordAge in seconds must be a whole number between 60 and 604800, got: 59'],
  ])('reject invalid options: %j', async (source, message) => {
    await expect(newClient(ministack).eventSources.create({ eventSourceArn: queueArn('q'), ...source })).rejects.toThrow(message);
  });

  test('reject a function that does not exist', async () => {
    await expect(newClient(ministack).eventSources.create({ eventSourceArn: queueArn('q') })).rejects.toThrow(
      FunctionNotFoundError,
    );
  });
});
