import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Size, Stack, type Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DependencyStore, FunctionGroup, Source, StoredDependency } from '../../lib';
import { ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from '../../lib/dependency-store/constants';
import { deployForTest, type TestDeployment } from '../../testing';

/** Timeout that allows for downloading and packing packages, and for a deploy. */
const DEPLOY_TIMEOUT_MS = 600_000;
/** Timeout that allows for loading pandas and importing it for the first time on a busy machine. */
const INVOKE_TIMEOUT_MS = 180_000;
const FOLDER = 'test/integ/dependency-store';

let deployment: TestDeployment;

function build(app: Stage): void {
  const stack = new Stack(app, 'Stored');
  const group = new FunctionGroup(stack, 'Group', { defaults: { timeout: Duration.minutes(2), memorySize: 512 } });

  const tables = new DependencyStore(stack, 'Tables', {
    dependencies: [
      StoredDependency.pip('pandas'),
      StoredDependency.pip('numpy'),
      StoredDependency.directory('prices', `${FOLDER}/prices`),
    ],
    runtime: lambda.Runtime.PYTHON_3_13,
  });
  const sum = group.addFunction('Sum', {
    source: Source.python(`${FOLDER}/tables`, { handler: 'app.run' }),
    ephemeralStorageSize: Size.gibibytes(1),
  });
  tables.addTo(sum);

  const images = new DependencyStore(stack, 'Images', { dependencies: [StoredDependency.npm('sharp@0.34.4')] });
  images.addTo(group.addFunction('Thumbnail', { source: Source.typescript(`${FOLDER}/thumbnail.ts`) }));
}

beforeAll(async () => {
  deployment = await deployForTest(build);
}, DEPLOY_TIMEOUT_MS);

afterAll(() => deployment?.cleanUp());

test(
  'a Python function imports pandas and numpy from the store, and reads a file of a directory dependency',
  async () => {
    const sum = deployment.function('Sum');
    const expected = { sums: { a: 3, b: 2.5 }, mean: 5.5 / 3, from: ['numpy', 'pandas'] };
    expect(await sum.invoke({ kinds: ['a', 'b', 'a'] })).toEqual(expected);
    expect(await sum.invoke({ kinds: ['a', 'b', 'a'] })).toEqual(expected);
  },
  INVOKE_TIMEOUT_MS,
);

test(
  'a Node.js function runs native code from the store',
  async () => {
    const thumbnail = deployment.function('Thumbnail');
    const expected = { width: 64, height: 32, format: 'png', magic: 'PNG' };
    expect(await thumbnail.invoke({ background: 'tomato' })).toEqual(expected);
    expect(await thumbnail.invoke({ background: 'teal' })).toEqual(expected);
  },
  INVOKE_TIMEOUT_MS,
);

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties depend on the resource type
  readonly Properties: any;
}

test.each([
  ['Sum', 3],
  ['Thumbnail', 1],
])('%s may read the zips in the bucket of the store, and nothing else in S3', (name, count) => {
  const { Resources }: { Resources: Record<string, Resource> } = JSON.parse(
    readFileSync(join(deployment.assemblyDirectory, 'Stored.template.json'), 'utf8'),
  );
  const [fn] = Object.values(Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Environment?.Variables.KATAMARI_FUNCTION === name,
  );
  const { [ENV_DEPENDENCY_BUCKET]: bucket, [ENV_DEPENDENCIES]: text } = fn?.Properties.Environment.Variables ?? {};
  const role = fn?.Properties.Role['Fn::GetAtt'][0];
  const statements = Object.values(Resources)
    .filter(
      ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.some((one: { Ref: string }) => one.Ref === role),
    )
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
  const keys = Object.values<StoredZip>(JSON.parse(text)).map(([key]) => key);
  expect(keys).toHaveLength(count);
  expect(keys.filter((key) => !/^[0-9a-f]{64}\.zip$/.test(key))).toEqual([]);
  const arn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', bucket, '/*.zip']] };
  expect(statements).toEqual([{ Effect: 'Allow', Action: 's3:GetObject', Resource: arn }]);
});
