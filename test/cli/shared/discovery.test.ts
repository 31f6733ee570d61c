import { type FunctionConfiguration, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import {
  type DeployedFunction,
  filterFunctions,
  findFunctions,
  listFunctions,
  requireOne,
  toDeployedFunction,
} from '../../../cli/shared/discovery';
import { localTarget, type Target } from '../../../cli/shared/target';

const lambda = mockClient(LambdaClient);
const aws: Target = { kind: 'aws', settings: { region: 'us-east-1' }, label: 'AWS' };
const deployed = (name: string, group = 'Shop/Jobs'): DeployedFunction => ({
  name,
  group,
  functionName: `${group.replaceAll('/', '-')}-${name}-1A2B`,
  logGroup: `/logs/${name}`,
});
const configuration = (variables: Record<string, string>, more: FunctionConfiguration = {}): FunctionConfiguration => ({
  FunctionName: 'Shop-Jobs-Beat-1A2B',
  Environment: { Variables: variables },
  ...more,
});

beforeEach(() => lambda.reset());

test('reads what the constructs have written into the environment', () => {
  const found = toDeployedFunction(
    configuration(
      {
        KATAMARI_FUNCTION: 'Beat',
        KATAMARI_GROUP: 'Shop/Jobs',
        KATAMARI_RUN_TABLE: 'runs',
        KATAMARI_EVENT_BUS: 'bus',
      },
      { LoggingConfig: { LogGroup: '/own' } },
    ),
  );
  expect(found).toEqual({
    name: 'Beat',
    group: 'Shop/Jobs',
    functionName: 'Shop-Jobs-Beat-1A2B',
    logGroup: '/own',
    runTable: 'runs',
    eventBus: 'bus',
  });
});

test('a function without a log group of its own has that of Lambda', () => {
  const found = toDeployedFunction(configuration({ KATAMARI_FUNCTION: 'Beat', KATAMARI_GROUP: 'G' }));
  expect(found?.logGroup).toBe('/aws/lambda/Shop-Jobs-Beat-1A2B');
});

test.each([
  ["somebody else's", {}],
  ['one that this library brings itself', { KATAMARI_FUNCTION: 'Tick' }],
])('%s is left out', (_which, variables) => {
  expect(toDeployedFunction(configuration(variables as Record<string, string>))).toBeUndefined();
});

test('reads every page', async () => {
  const page = (name: string) => [configuration({ KATAMARI_FUNCTION: name, KATAMARI_GROUP: 'G' })];
  lambda
    .on(ListFunctionsCommand, { Marker: undefined })
    .resolves({ Functions: page('B'), NextMarker: 'next' })
    .on(ListFunctionsCommand, { Marker: 'next' })
    .resolves({ Functions: page('A') });
  expect((await listFunctions(aws)).map(({ name }) => name)).toEqual(['A', 'B']);
});

describe('the functions that are meant', () => {
  const all = [deployed('Beat'), deployed('Pull'), deployed('Beat', 'Other')];

  test.each([
    [{}, 3],
    [{ name: 'Beat' }, 2],
    [{ name: 'Beat', group: 'Other' }, 1],
    [{ group: 'Shop/Jobs' }, 2],
    [{ name: 'Shop-Jobs-Pull-1A2B' }, 1],
  ])('by %j are %d', (filter, count) => {
    expect(filterFunctions(all, filter)).toHaveLength(count);
  });

  test('a name that nobody has is answered with those that are there', () => {
    expect(() => filterFunctions(all, { name: 'Bet' })).toThrow("no function is named 'Bet', there is: 'Beat', 'Pull'");
  });

  test('a group that is not there is answered with those that are', () => {
    expect(() => filterFunctions(all, { group: 'X' })).toThrow("no group is named 'X', there is: 'Shop/Jobs', 'Other'");
  });

  test('the same name in two groups needs --group', () => {
    const found = filterFunctions(all, { name: 'Beat' });
    expect(() => requireOne(found, 'Beat')).toThrow("'Beat' is the name of a function in 2 groups: 'Shop/Jobs', 'Other'");
    expect(() => requireOne(found, 'Beat')).toThrow(expect.objectContaining({ hint: expect.stringContaining('--group') }));
  });
});

test.each([
  [aws, 'no function of a FunctionGroup is deployed in this account and region of AWS', /cdk deploy.*katamari local/],
  [
    localTarget('http://127.0.0.1:1'),
    'no function of a FunctionGroup is deployed in the local run on http://127.0.0.1:1',
    /group\.addFunction/,
  ],
])('where nothing is deployed it says what to do', async (target, message, hint) => {
  lambda.on(ListFunctionsCommand).resolves({ Functions: [configuration({})] });
  await expect(findFunctions(target, {})).rejects.toMatchObject({ message, hint: expect.stringMatching(hint) });
});
