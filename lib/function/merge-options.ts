import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { FunctionDefaults } from './function-defaults';
import type { FunctionOptions } from './function-options';

/** Options of a group that belong to another of its options. A function that sets that option itself does not take them. */
const BELONGING: readonly [option: keyof FunctionDefaults, belonging: readonly (keyof FunctionDefaults)[]][] = [
  [
    'vpc',
    ['vpcSubnets', 'securityGroups', 'allowAllOutbound', 'allowAllIpv6Outbound', 'allowPublicSubnet', 'ipv6AllowedForDualStack'],
  ],
  ['securityGroups', ['allowAllOutbound', 'allowAllIpv6Outbound']],
  ['logGroup', ['logRetention', 'logRemovalPolicy']],
  ['logRetention', ['logGroup']],
  ['logRemovalPolicy', ['logGroup']],
];

/**
 * Fills in the defaults of a group. `environment`, `layers` and `initialPolicy` are combined elsewhere: a function adds its own to
 * those of its group.
 *
 * @internal
 */
export function mergeOptions(own: FunctionOptions, defaults: FunctionDefaults = {}): FunctionOptions {
  // An option that is present but undefined must not hide the default of the group.
  const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as unknown as FunctionOptions;
  const left = new Set(BELONGING.flatMap(([option, belonging]) => (set[option] === undefined ? [] : belonging)));
  if (set.loggingFormat === lambda.LoggingFormat.TEXT) left.add('applicationLogLevelV2').add('systemLogLevelV2');
  const taken = Object.entries(defaults).filter(([name]) => !left.has(name as keyof FunctionDefaults));
  return { ...Object.fromEntries(taken), ...set };
}

/**
 * Layers of a function: those of its group that support its runtime, then its own.
 *
 * @internal
 */
export function mergeLayers(
  runtime: lambda.Runtime,
  own: readonly lambda.ILayerVersion[] = [],
  defaults: readonly lambda.ILayerVersion[] = [],
): lambda.ILayerVersion[] {
  const supports = ({ compatibleRuntimes }: lambda.ILayerVersion) =>
    runtime !== lambda.Runtime.FROM_IMAGE && (compatibleRuntimes?.some((one) => one.runtimeEquals(runtime)) ?? true);
  return [...defaults.filter((layer) => supports(layer) && !own.includes(layer)), ...own];
}
