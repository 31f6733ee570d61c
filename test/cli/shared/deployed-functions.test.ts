import { type FunctionConfiguration, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import {
  filterFunctions,
  findFunction,
  findFunctions,
  findGroupFunctions,
  labelsOf,
  listFunctions,
  listGroupFunctions,
} from '../../../cli/shared/deployed-functions';
import { localTarget, type Target } from '../../../cli/shared/target';

const lambda = mockClient(LambdaClient);
const aws: Target = { kind: 'aws', settings: { region: 'us-east-1' }, label: 'AWS' };
const configuration = (variables: Record<string, string>, more: FunctionConfiguration = {}): FunctionConfiguration => ({
  FunctionName: 'Shop-Jobs-Beat-1A2B',
  Environment: { Variables: variables },
  ...more,
});
const inGroup = (name: string, group = 'Shop/Jobs'): FunctionConfiguration => {
  const FunctionName = `${group.replaceAll('/', '-')}-${name}-1A2B`;
  const FunctionArn = `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`;
  return configuration({ KATAMARI_FUNCTION: name, KATAMARI_GROUP: group }, { FunctionName, FunctionArn });
};
const deploy = (...Functions: FunctionConfiguration[]) => lambda.on(ListFunctionsCommand).resolves({ Functions });

beforeEach(() => lambda.reset());

test('reads the environment variables that the constructs set', async () => {
  const variables = {
    KATAMARI_FUNCTION: 'Beat',
    KATAMARI_GROUP: 'Shop/Jobs',
    KATAMARI_RUN_TABLE: 'runs',
    KATAMARI_EVENT_BUS: 'bus',
  };
  deploy(configuration(variables, { LoggingConfig: { LogGroup: '/own' } }));
  expect(await listFunctions(aws)).toEqual([
    {
      name: 'Beat',
      group: 'Shop/Jobs',
      runTable: 'runs',
      eventBus: 'bus',
      configuration: expect.objectContaining({ functionName: 'Shop-Jobs-Beat-1A2B', logGroup: '/own' }),
    },
  ]);
});

test('a function without a custom log group has the default one of Lambda', async () => {
  deploy(configuration({ KATAMARI_FUNCTION: 'Beat', KATAMARI_GROUP: 'G' }));
  expect((await listFunctions(aws))[0]?.configuration.logGroup).toBe('/aws/lambda/Shop-Jobs-Beat-1A2B');
});

test.each([
  ["somebody else's", {}, 'Shop-Jobs-Beat-1A2B'],
  ['one that this library brings itself', { KATAMARI_FUNCTION: 'Tick' }, 'Tick'],
])('%s is not among the functions of groups', async (_which, variables, name) => {
  deploy(configuration(variables as Record<string, string>));
  expect(await listGroupFunctions(aws)).toEqual([]);
  expect(await listFunctions(aws)).toMatchObject([{ name, group: undefined }]);
});

test('reads every page', async () => {
  lambda
    .on(ListFunctionsCommand, { Marker: undefined })
    .resolves({ Functions: [inGroup('B')], NextMarker: 'next' })
    .on(ListFunctionsCommand, { Marker: 'next' })
    .resolves({ Functions: [inGroup('A')] });
  expect((await listFunctions(aws)).map(({ name }) => name)).toEqual(['A', 'B']);
});

describe('finds functions', () => {
  const all = [inGroup('Beat'), inGroup('Pull'), inGroup('Beat', 'Other')];
  const filtered = async (filter: { name?: string; group?: string }) => filterFunctions(await listFunctions(aws), filter);
  beforeEach(() => deploy(...all));

  test.each([
    [{}, 3],
    [{ name: 'Beat' }, 2],
    [{ name: 'Beat', group: 'Other' }, 1],
    [{ group: 'Shop/Jobs' }, 2],
    [{ group: 'Jobs' }, 2],
    [{ name: 'Jobs/Beat' }, 1],
    [{ name: 'Shop/Jobs/Beat' }, 1],
    [{ name: 'Shop-Jobs-Pull-1A2B' }, 1],
    [{ name: 'arn:aws:lambda:us-east-1:000000000000:function:Shop-Jobs-Pull-1A2B' }, 1],
  ])('by %j: %d', async (filter, count) => {
    expect(await filtered(filter)).toHaveLength(count);
  });

  test('rejects an unknown name and lists the available ones', async () => {
    await expect(filtered({ name: 'Bet' })).rejects.toThrow("function 'Bet' not found; available: 'Beat', 'Pull'");
  });

  test('rejects an unknown group and lists the available ones', async () => {
    await expect(filtered({ group: 'X' })).rejects.toThrow("group 'X' not found; available: 'Other', 'Shop/Jobs'");
  });

  test('rejects the end of the paths of several groups', async () => {
    deploy(...all, inGroup('Beat', 'Cafe/Jobs'));
    await expect(filtered({ group: 'Jobs' })).rejects.toMatchObject({
      message: "2 groups end in 'Jobs': 'Cafe/Jobs', 'Shop/Jobs'",
      hint: expect.stringContaining("--group 'Cafe/Jobs'"),
    });
    deploy(...all, inGroup('Beat', 'Jobs'));
    expect(await filtered({ group: 'Jobs' })).toMatchObject([{ group: 'Jobs' }]);
  });

  test('labels a function with as much of its group as tells it apart', async () => {
    deploy(...all, inGroup('Beat', 'Cafe/Jobs'));
    const labels = [...labelsOf(await listFunctions(aws)).values()];
    expect(labels).toEqual(['Cafe/Jobs/Beat', 'Other/Beat', 'Shop/Jobs/Beat', 'Pull']);
  });

  test('requires --group for a name that two groups have', async () => {
    await expect(findFunction(aws, 'Beat')).rejects.toMatchObject({
      message: "function 'Beat' exists in 2 groups: 'Other', 'Shop/Jobs'",
      hint: expect.stringContaining('--group'),
    });
    expect(await findFunction(aws, 'Beat', 'Other')).toMatchObject({ name: 'Beat', group: 'Other' });
  });

  test('requires the deployed name for a name that exists in a group and outside of groups', async () => {
    deploy(inGroup('Beat'), configuration({ KATAMARI_FUNCTION: 'Beat' }, { FunctionName: 'Beat-3C4D' }));
    await expect(findFunction(aws, 'Beat')).rejects.toMatchObject({
      message: "2 functions have the name 'Beat': 'Shop-Jobs-Beat-1A2B', 'Beat-3C4D'",
      hint: 'Pass the deployed name instead.',
    });
    expect(await findFunction(aws, 'Beat-3C4D')).toMatchObject({ name: 'Beat', group: undefined });
  });
});

test.each([
  [aws, 'no function of a FunctionGroup is deployed in this AWS account and region', /cdk deploy.*npx cdk-katamari local/],
  [
    localTarget('http://127.0.0.1:1'),
    'no function of a FunctionGroup is deployed in the local run on http://127.0.0.1:1',
    /group\.addFunction/,
  ],
])('explains what to do if no function of a group is deployed', async (target, message, hint) => {
  deploy(configuration({}));
  await expect(findGroupFunctions(target, {})).rejects.toMatchObject({ message, hint: expect.stringMatching(hint) });
});

test('explains what to do if nothing is deployed', async () => {
  deploy();
  await expect(findFunctions(aws, 'Beat')).rejects.toMatchObject({
    message: 'no function is deployed in AWS',
    hint: expect.stringMatching(/cdk deploy.*npx cdk-katamari local/),
  });
});
