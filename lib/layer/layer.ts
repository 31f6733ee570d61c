import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { LayerContent } from './layer-content';
import type { LayerOptions } from './layer-options';
import { validateLayerOptions } from './validate-layer';

/** Properties of a layer. */
export interface LayerProps extends LayerOptions {
  /** Content of the layer. */
  readonly content: LayerContent;

  /**
   * Runtimes that may use the layer.
   *
   * @default - all runtimes
   */
  readonly compatibleRuntimes?: lambda.Runtime[];

  /**
   * Architectures that may use the layer.
   *
   * @default - all architectures
   */
  readonly compatibleArchitectures?: lambda.Architecture[];
}

/** @internal */
export const LAYER_OPTIONS: OptionNames<LayerProps> = {
  compatibleArchitectures: true,
  compatibleRuntimes: true,
  content: true,
  description: true,
  layerVersionName: true,
  license: true,
  removalPolicy: true,
};

/**
 * What to use instead of the options that the CDK's layers have and those of this library do not.
 *
 * @internal
 */
export const LAYER_OPTION_REMEDIES: Readonly<Record<string, string>> = { code: 'use content: LayerContent' };

/**
 * A layer with the content of a folder, a zip or an asset: at most 250 MB unzipped. A new layer version is published only when the
 * content changes.
 */
export class Layer extends lambda.LayerVersion {
  /**
   * @throws when the content cannot be read or is too large, or a property exceeds a limit of Lambda
   */
  public constructor(scope: Construct, id: string, props: LayerProps) {
    refuseUnknownOptions('a Layer', props, LAYER_OPTIONS, scope, LAYER_OPTION_REMEDIES);
    validateLayerOptions(scope, props);
    const { content, ...options } = props;
    super(scope, id, { ...options, code: content._bind(scope, { name: `the layer '${id}'` }).code });
  }
}
