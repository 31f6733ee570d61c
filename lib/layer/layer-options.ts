import type { RemovalPolicy } from 'aws-cdk-lib';

/** What every layer may be given. */
export interface LayerOptions {
  /**
   * Name of the layer: 1 to 140 letters, digits, `-` and `_`.
   *
   * @default - made by CloudFormation
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
   */
  readonly layerVersionName?: string;

  /**
   * What the layer is for: at most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Licence of what is in the layer, as an SPDX identifier, a URL or its text: at most 512 characters.
   *
   * @default - none
   */
  readonly license?: string;

  /**
   * What becomes of a version when a newer one takes its place, or the stack goes.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}
