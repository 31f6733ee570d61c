import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { setStateOf, stateOf } from '../private/construct-state';

/** State of a stack: its layers by what decides their content and settings. */
const STATE = 'layers-by-key';

/**
 * Returns the ARN of the version that a layer shares with an earlier layer of its stack, and removes the layer's own version. For the
 * first layer with a key, it returns the ARN of its own version.
 *
 * @param key everything that decides the content and the settings of the version
 *
 * @internal
 */
export function shareVersion(layer: lambda.LayerVersion, key: string): string {
  const stack = Stack.of(layer);
  const layers = stateOf<ReadonlyMap<string, string>>(stack, STATE) ?? new Map<string, string>();
  const shared = layers.get(key);
  if (shared !== undefined) {
    layer.node.tryRemoveChild('Resource');
    return shared;
  }
  setStateOf(stack, STATE, new Map([...layers, [key, layer.layerVersionArn]]));
  return layer.layerVersionArn;
}
