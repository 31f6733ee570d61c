import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolesCommand, ListRoleTagsCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { FunctionClient, FunctionNotFoundError, NotReadyError, TemporaryRole } from '../../client';
import { useMiniStack } from '../support/ministack';
import { newClient, optionsFor, spec } from './function-client-support';

const ministack = useMiniStack();
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:orders';
const permissions = [{ actions: ['lambda:InvokeFunction'], resources: [FUNCTION] }];

const iam = () => new IAMClient({ ...(optionsFor(ministack) as object), region: 'us-east-1' });
const policyOf = async (RoleName: string, PolicyName: string) =>
  JSON.parse(decodeURIComponent((await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument ?? ''));
const exists = async (RoleName: string) => {
  const { Roles = [] } = await iam().send(new ListRolesCommand({ PathPrefix: '/katamari/temporary/' }));
  return Roles.some((role) => role.RoleName === RoleName);
};

afterEach(() => jest.restoreAllMocks());

test('a role has its permissions until it expires, and only its creator can assume it', async () => {
  const before = Date.now();
  const role = await TemporaryRole.create({ assumedBy: 'caller', permissions, namePrefix: 'mine' }, optionsFor(ministack));
  expect(role.roleName).toMatch(/^mine-[0-9a-f]{8}$/);
  expect(role.roleArn).toBe(`arn:aws:iam::000000000000:role/katamari/temporary/${role.roleName}`);
  expect(role.expiresAt.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
  expect(role.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
  const end = { DateLessThan: { 'aws:CurrentTime': role.expiresAt.toISOString() } };
  expect(await policyOf(role.roleName, 'permissions')).toEqual({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [FUNCTION], Condition: end }],
  });
  const { Role } = await iam().send(new GetRoleCommand({ RoleName: role.roleName }));
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: { AWS: expect.stringMatching(/^arn:aws:iam::000000000000:/) },
      Action: 'sts:AssumeRole',
      Condition: end,
    },
  ]);
  const { Tags } = await iam().send(new ListRoleTagsCommand({ RoleName: role.roleName }));
  expect(Tags).toEqual([{ Key: 'katamari:expires', Value: role.expiresAt.toISOString() }]);
  expect(await role.delete()).toBe(true);
  expect(await exists(role.roleName)).toBe(false);
  expect(await role.delete()).toBe(false);
});

test('its credentials are cached, renewed before they expire, and reset on request', async () => {
  const made = Date.now();
  const role = await TemporaryRole.create({ assumedBy: 'caller', permissions }, optionsFor(ministack));
  const first = await role.credentials();
  expect(first).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/), sessionToken: expect.any(String) });
  // One hour or the remaining lifetime of the role, in whole seconds.
  expect(first.expiration?.getTime()).toBeGreaterThan(made + 3_600_000 - 1_000);
  expect(first.expiration?.getTime()).toBeLessThan(Date.now() + 3_600_000 + 1_000);
  expect(await role.credentials()).toBe(first);

  const reset = await role.resetCredentials();
  expect(reset.accessKeyId).not.toBe(first.accessKeyId);
  expect(await role.credentials()).toBe(reset);
  const [revocation] = (await policyOf(role.roleName, 'revocation')).Statement;
  expect(revocation).toMatchObject({ Effect: 'Deny', Action: '*', Resource: '*' });
  // The deny policy covers the first credentials, but not the new ones.
  const before = Date.parse(revocation.Condition.DateLessThan['aws:TokenIssueTime']);
  expect(before).toBeGreaterThan((first.expiration?.getTime() ?? 0) - 3_600_000);
  expect(before).toBeLessThanOrEqual(Date.now());

  jest.spyOn(Date, 'now').mockReturnValue((reset.expiration?.getTime() ?? 0) - 59_000);
  expect((await role.credentials()).accessKeyId).not.toBe(reset.accessKeyId);
  jest.restoreAllMocks();
  await role.delete();
});

test('a role for operating a function covers the function, its versions and its log, and its credentials work', async () => {
  const client = newClient(ministack);
  await client.create(spec());
  const role = await TemporaryRole.toOperate(client.functionName, optionsFor(ministack));
  const arn = FUNCTION.replace('orders', client.functionName);
  const group = `arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/${client.functionName}`;
  expect((await policyOf(role.roleName, 'permissions')).Statement).toMatchObject([
    { Action: ['lambda:InvokeFunction', 'lambda:GetFunction', 'lambda:GetFunctionConfiguration'], Resource: [arn, `${arn}:*`] },
    { Action: ['logs:FilterLogEvents'], Resource: [group, `${group}:*`] },
  ]);
  const operator = new FunctionClient(client.functionName, { ...optionsFor(ministack), credentials: () => role.credentials() });
  expect(await operator.invoke({ a: 1 })).toMatchObject({ event: { a: 1 } });
  await role.delete();
  await expect(TemporaryRole.toOperate('none', optionsFor(ministack))).rejects.toThrow(FunctionNotFoundError);
});

test('an execution role can write the log of its function, and a function runs with it', async () => {
  const client = newClient(ministack);
  const more = [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/*'] }];
  const role = await TemporaryRole.toExecute(client.functionName, more, { ...optionsFor(ministack), expiresIn: 900 });
  const group = `arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/${client.functionName}`;
  expect((await policyOf(role.roleName, 'permissions')).Statement).toMatchObject([
    { Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: [group, `${group}:*`] },
    { Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::bucket/*'] },
  ]);
  const { Role } = await iam().send(new GetRoleCommand({ RoleName: role.roleName }));
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement[0].Principal).toEqual({
    Service: 'lambda.amazonaws.com',
  });
  expect(await client.create(spec({ role: role.roleArn }))).toMatchObject({ role: role.roleArn });
  expect(await client.invoke({})).toBeDefined();
  await role[Symbol.asyncDispose]();
  expect(await exists(role.roleName)).toBe(false);
});

test('only expired temporary roles are deleted', async () => {
  const [ended, going] = [
    await TemporaryRole.create({ assumedBy: 'lambda', permissions }, { ...optionsFor(ministack), expiresIn: 900 }),
    await TemporaryRole.create({ assumedBy: 'lambda', permissions }, { ...optionsFor(ministack), expiresIn: 3_600 }),
  ];
  expect(await TemporaryRole.deleteExpired(optionsFor(ministack))).toEqual([]);
  jest.spyOn(Date, 'now').mockReturnValue(ended.expiresAt.getTime());
  expect(await TemporaryRole.deleteExpired(optionsFor(ministack))).toEqual([ended.roleName]);
  jest.restoreAllMocks();
  expect(await exists(ended.roleName)).toBe(false);
  expect(await exists(going.roleName)).toBe(true);
  await going.delete();
});

describe('rejects permissions that are too broad:', () => {
  test.each([
    ['lambda:*', FUNCTION],
    ['*', FUNCTION],
    ['lambda:Get*', FUNCTION],
    ['InvokeFunction', FUNCTION],
  ])('the action %s', async (action, resource) => {
    const wide = [{ actions: ['lambda:InvokeFunction', action], resources: [resource] }];
    await expect(TemporaryRole.create({ assumedBy: 'lambda', permissions: wide }, optionsFor(ministack))).rejects.toThrow(
      `an action of a temporary role must be service:Action without wildcards, got: '${action}'`,
    );
  });

  test.each([
    '*',
    'arn:aws:lambda:us-east-1:000000000000:function:*',
    'arn:aws:lambda:us-east-1:000000000000:*',
    'arn:aws:lambda:*:000000000000:function:orders',
    'arn:aws:lambda:us-east-1:*:function:orders',
    'arn:*:lambda:us-east-1:000000000000:function:orders',
    'arn:aws:s3:::*',
    'arn:aws:s3:::*/orders',
    'arn:aws:dynamodb:us-east-1:000000000000:table/*',
    'arn:aws:logs:us-east-1:000000000000:log-group:*',
    'arn:aws:sqs:us-east-1:000000000000:',
    'orders',
  ])('the resource %s', async (resource) => {
    const wide = [{ actions: ['lambda:InvokeFunction'], resources: [FUNCTION, resource] }];
    await expect(TemporaryRole.create({ assumedBy: 'lambda', permissions: wide }, optionsFor(ministack))).rejects.toThrow(
      `a resource of a temporary role must be an ARN that names the resource, got: '${resource}'`,
    );
  });

  test.each([
    [{ namePrefix: 'a b' }, {}, "namePrefix must have 1 to 50 letters, digits and '_+=,.@-', got: 'a b'"],
    [{}, { expiresIn: 899 }, 'expiresIn in seconds must be a whole number between 900 and 43200, got: 899'],
    [{}, { expiresIn: 43_201 }, 'expiresIn in seconds must be a whole number between 900 and 43200, got: 43201'],
    [
      { permissions: [{ actions: [], resources: [FUNCTION] }] },
      {},
      'a permission must have at least one action and one resource',
    ],
  ])('%j %j', async (more, options, message) => {
    const creating = TemporaryRole.create(
      { assumedBy: 'lambda', permissions, ...more },
      { ...optionsFor(ministack), ...options },
    );
    await expect(creating).rejects.toThrow(message);
  });
});

describe('with faults of STS', () => {
  const denied = Object.assign(new Error('not yet'), { name: 'AccessDenied', $metadata: { requestId: 'r' } });
  const sts = new STSClient({ region: 'us-east-1' });
  const mock = mockClient(sts);
  const create = () => TemporaryRole.create({ assumedBy: 'caller', permissions }, { ...optionsFor(ministack), sts });
  const Credentials = {
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 's',
    SessionToken: 't',
    Expiration: new Date(Date.now() + 3_600_000),
  };

  beforeEach(() => {
    mock.reset();
    mock.on(GetCallerIdentityCommand).resolves({ Arn: 'arn:aws:iam::000000000000:user/tester' });
  });

  test('retries until a new role is available in IAM', async () => {
    mock.on(AssumeRoleCommand).rejectsOnce(denied).rejectsOnce(denied).resolves({ Credentials });
    const role = await create();
    expect(mock.commandCalls(AssumeRoleCommand)).toHaveLength(3);
    expect(await role.credentials()).toMatchObject({ accessKeyId: 'ASIA1' });
    await role.delete();
  });

  test('deletes a role that can’t be assumed', async () => {
    mock.on(AssumeRoleCommand).callsFake(() => {
      // The retries end after 30 seconds.
      const now = Date.now();
      jest.spyOn(Date, 'now').mockReturnValue(now + 31_000);
      throw denied;
    });
    const error = await create().catch((caught) => caught);
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error.message).toMatch(
      /^role 'katamari-test-[0-9a-f]{8}' must be usable within 30 seconds, got: could not assume role .*: not yet$/,
    );
    const [, name] = /^role '([^']+)'/.exec(error.message) ?? [];
    jest.restoreAllMocks();
    expect(await exists(name as string)).toBe(false);
  });

  test('trusts the role of a caller that has assumed a role, including its path', async () => {
    const own = await TemporaryRole.create({ assumedBy: 'lambda', permissions, namePrefix: 'caller' }, optionsFor(ministack));
    mock.on(GetCallerIdentityCommand).resolves({ Arn: `arn:aws:sts::000000000000:assumed-role/${own.roleName}/session` });
    mock.on(AssumeRoleCommand).resolves({ Credentials });
    const role = await create();
    const { Role } = await iam().send(new GetRoleCommand({ RoleName: role.roleName }));
    expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement[0].Principal).toEqual({
      AWS: own.roleArn,
    });
    await role.delete();
    await own.delete();
  });
});
