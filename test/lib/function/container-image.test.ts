import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ContainerImage, FunctionGroup, type FunctionOptions, type ImageOptions, Overlap, Source } from '../../../lib';
import { SourceProject } from '../../support/source-project';

const URI = '123456789012.dkr.ecr.us-east-1.amazonaws.com/resizer:12';
const LAYER = 'arn:aws:lambda:us-east-1:123456789012:layer:one:1';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
});

function add(image: ContainerImage, options: ImageOptions = {}, more: Partial<FunctionOptions> = {}, where = stack) {
  return new FunctionGroup(where, 'Group', { defaults: { runtime: lambda.Runtime.NODEJS_24_X } }).addFunction('Fn', {
    source: Source.image(image, options),
    ...more,
  });
}

describe('the URI of an image', () => {
  test.each([
    URI,
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/resizer@sha256:${'a'.repeat(64)}`,
    '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/a.b_c/d-e:v1.2_3',
  ])('%s is used unchanged', (uri) => {
    add(ContainerImage.fromUri(uri));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      PackageType: 'Image',
      Code: { ImageUri: uri },
      Handler: Match.absent(),
      Runtime: Match.absent(),
      Architectures: ['arm64'],
    });
  });

  test.each([
    'resizer:12',
    'public.ecr.aws/lambda/python:3.13',
    'docker.io/library/node:24',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/resizer',
    '12345678901.dkr.ecr.us-east-1.amazonaws.com/resizer:1',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/Resizer:1',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/resizer@sha256:abc',
  ])('%s is rejected', (uri) => {
    expect(() => ContainerImage.fromUri(uri)).toThrow(
      new Error(
        `the URI of an image must be <account>.dkr.ecr.<region>.amazonaws.com/<repository> with :<tag> or @sha256:<digest>, got: '${uri}'`,
      ),
    );
  });

  test('of another region is rejected if the region is known', () => {
    const uri = URI.replace('us-east-1', 'eu-west-1');
    expect(() => add(ContainerImage.fromUri(uri))).toThrow(
      new Error(`an image must be in the region of its function, us-east-1, got: '${uri}' (at Stack/Group)`),
    );
    expect(() => add(ContainerImage.fromUri(uri), {}, {}, new Stack())).not.toThrow();
  });

  test('can be a token', () => {
    const repository = new ecr.Repository(stack, 'Repository');
    add(ContainerImage.fromUri(repository.repositoryUriForTag('1')));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Code: { ImageUri: { 'Fn::Join': ['', Match.arrayWith([':1'])] } },
    });
  });
});

test('the command, entry point and working directory of an image can be set', () => {
  add(ContainerImage.fromUri(URI), { cmd: ['app.handler'], entrypoint: ['/entry.sh'], workingDirectory: '/srv' });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    ImageConfig: { Command: ['app.handler'], EntryPoint: ['/entry.sh'], WorkingDirectory: '/srv' },
  });
});

test('Lambda can pull an image of a repository of the app', () => {
  const repository = new ecr.Repository(stack, 'Repository');
  add(ContainerImage.fromRepository(repository, 'v1'), { cmd: ['app.handler'] });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Code: { ImageUri: { 'Fn::Join': ['', Match.arrayWith([':v1'])] } },
    ImageConfig: { Command: ['app.handler'] },
  });
  template.hasResourceProperties('AWS::ECR::Repository', {
    RepositoryPolicyText: { Statement: [Match.objectLike({ Principal: { Service: 'lambda.amazonaws.com' } })] },
  });
});

test.each([
  [undefined, 'linux/arm64'],
  [lambda.Architecture.X86_64, 'linux/amd64'],
])('a folder is built for the architecture %p', (architecture, platform) => {
  const project = new SourceProject();
  project.write({ 'image/Dockerfile': 'FROM scratch', 'image/notes.txt': 'x' });
  const app = new App();
  const where = new Stack(app, 'Stack');
  add(
    ContainerImage.fromAsset(project.path('image'), { target: 'run', buildArgs: { A: '1' }, exclude: ['*.txt'] }),
    { cmd: ['a.b'] },
    { architecture },
    where,
  );
  app.synth();
  const { dockerImages }: { dockerImages: Record<string, { source: object }> } = JSON.parse(
    readFileSync(join(app.outdir, 'Stack.assets.json'), 'utf8'),
  );
  expect(Object.values(dockerImages)[0]?.source).toMatchObject({
    dockerBuildTarget: 'run',
    dockerBuildArgs: { A: '1' },
    platform,
  });
  project.remove();
});

test('the runs of an image are not tracked, so it can’t use Overlap.skip', () => {
  expect(add(ContainerImage.fromUri(URI)).runsTracked).toBe(false);
  expect(() => add(ContainerImage.fromUri(URI), {}, { overlap: Overlap.skip() }, new Stack())).toThrow(
    "Overlap.skip requires run tracking, but the runs of 'Fn' are not tracked",
  );
});

test('an image brings its runtime', () => {
  expect(() => add(ContainerImage.fromUri(URI), {}, { runtime: lambda.Runtime.PYTHON_3_13 })).toThrow(
    new Error("runtime must not be set for a container image, which brings its own, got: 'python3.13' (at Stack/Group)"),
  );
});

test('an image cannot have layers, neither at creation nor later', () => {
  const layer = lambda.LayerVersion.fromLayerVersionArn(stack, 'Layer', LAYER);
  const message = "a function of a container image must not have layers, got: 1 for 'Fn'; add their content to the image";
  expect(() => add(ContainerImage.fromUri(URI), {}, { layers: [layer] }, new Stack())).toThrow(message);
  const fn = add(ContainerImage.fromUri(URI));
  expect(() => fn.addLayers(layer)).toThrow(message);
  expect(() => fn.replaceLayers(layer)).toThrow(message);
});

test('an image causes a warning in a local run', () => {
  const local = new Stack(new App({ context: { 'katamari:local': 'true' } }), 'Stack');
  add(ContainerImage.fromUri(URI), {}, {}, local);
  Annotations.fromStack(local).hasWarning(
    '/Stack/Group',
    Match.stringLikeRegexp('container images run on this machine only with Docker'),
  );
  add(ContainerImage.fromUri(URI));
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
