import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { LayerContent } from './layer-content';
import type { LayerOptions } from './layer-options';
import { validateLayerTexts } from './validate-layer';

/** Properties of a layer. */
export interface LayerProps extends LayerOptions {
  /** What is in it. */
  readonly content: LayerContent;

  /**
   * Runtimes that may use the layer.
   *
   * @default - all
   */
  readonly compatibleRuntimes?: lambda.Runtime[];

  /**
   * Architectures that may use the layer.
   *
   * @default - all
   */
  readonly compatibleArchitectures?: lambda.Architecture[];
}

/**
 * A layer of a folder, a zip or an asset. Unzipped it may have 250 MB. The same content is the same layer version: nothing new
 * is published until it changes.
 */
export class Layer extends lambda.LayerVersion {
  /**
   * @throws when the content can't be read or is too large, or a text breaks a limit of Lambda
   */
  public constructor(scope: Construct, id: string, props: LayerProps) {
    validateLayerTexts(scope, props);
    const { content, ...others } = props;
    super(scope, id, { ...others, code: content._bind(scope, `the layer '${id}'`) });
  }
}
