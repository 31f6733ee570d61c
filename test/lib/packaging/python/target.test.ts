import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  abiOf,
  describeTarget,
  markersOf,
  platformsOf,
  pythonTarget,
  uvPlatformOf,
} from '../../../../lib/packaging/python/target';

const { ARM_64, X86_64 } = lambda.Architecture;
const targetOf = (name: string, architecture: lambda.Architecture, context = {}) =>
  pythonTarget(new Stack(new App({ context }), 'Stack'), new lambda.Runtime(name, lambda.RuntimeFamily.PYTHON), architecture);

test.each([
  ['python3.10', 'cp310', 26],
  ['python3.11', 'cp311', 26],
  ['python3.12', 'cp312', 34],
  ['python3.13', 'cp313', 34],
  ['python3.14', 'cp314', 34],
])('%s has %s and glibc 2.%i', (name, abi, glibc) => {
  const target = targetOf(name, ARM_64);
  expect(abiOf(target)).toBe(abi);
  expect(target.glibc).toBe(glibc);
  expect(platformsOf(target)[0]).toBe(`manylinux_2_${glibc}_aarch64`);
});

test.each(['python3.9', 'python2.7', 'nodejs24.x', 'provided.al2023'])('%s is no runtime for packages', (name) => {
  expect(() => targetOf(name, ARM_64)).toThrow(
    `the runtime for Python packages must be python3.10 or newer, got: '${name}' (at Stack)`,
  );
});

test('the newest platform comes first, and the old names beside the new', () => {
  expect(platformsOf(targetOf('python3.11', X86_64))).toEqual([
    ...[26, 25, 24, 23, 22, 21, 20, 19, 18].map((minor) => `manylinux_2_${minor}_x86_64`),
    ...['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux_2_16_x86_64', 'manylinux_2_15_x86_64'],
    ...['manylinux_2_14_x86_64', 'manylinux_2_13_x86_64', 'manylinux_2_12_x86_64', 'manylinux2010_x86_64'],
    ...[11, 10, 9, 8, 7, 6].map((minor) => `manylinux_2_${minor}_x86_64`),
    ...['manylinux_2_5_x86_64', 'manylinux1_x86_64'],
  ]);
  expect(platformsOf(targetOf('python3.13', ARM_64)).slice(-3)).toEqual([
    ...['manylinux_2_18_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
  ]);
});

test.each([
  ['python3.11', X86_64, 'x86_64-manylinux_2_17'],
  ['python3.12', ARM_64, 'aarch64-manylinux_2_34'],
])('%s for uv', (name, architecture, platform) => {
  expect(uvPlatformOf(targetOf(name, architecture))).toBe(platform);
});

test('the markers are those of Lambda, whatever machine this is', () => {
  expect(markersOf(targetOf('python3.13', ARM_64))).toMatchObject({
    platform_machine: 'aarch64',
    platform_system: 'Linux',
    python_full_version: '3.13.0',
    python_version: '3.13',
    sys_platform: 'linux',
  });
});

test('in words', () => {
  expect(describeTarget(targetOf('python3.13', ARM_64))).toBe('python3.13 on arm64');
  expect(describeTarget(targetOf('python3.12', X86_64))).toBe('python3.12 on x86_64');
  expect(describeTarget(targetOf('python3.12', X86_64, { 'katamari:local': 'true' }))).toBe('this machine');
});
