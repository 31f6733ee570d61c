import { invalid } from '../../lambda/shared/checks';

/** A layer, or one version of it, as its ARN says. */
export interface LayerArn {
  readonly layerName: string;
  /** ARN without the version. */
  readonly layerArn: string;
  readonly version?: number;
}

/**
 * Reads `arn:…:lambda:region:account:layer:name[:version]`.
 *
 * @throws InvalidParameterError when it is none
 */
export function parseLayerArn(arn: string): LayerArn {
  const [prefix, , service, region, account, kind, layerName, version, ...more] = arn.split(':');
  const isLayer = prefix === 'arn' && service === 'lambda' && kind === 'layer' && Boolean(region && account && layerName);
  if (!isLayer || more.length > 0 || (version !== undefined && !/^\d+$/.test(version))) {
    throw invalid('the ARN of a layer must be arn:aws:lambda:REGION:ACCOUNT:layer:NAME, with :VERSION or without', arn);
  }
  return {
    layerName: layerName as string,
    layerArn: arn.split(':').slice(0, 7).join(':'),
    version: version === undefined ? undefined : Number(version),
  };
}

/** ARN of the layer that a version is of. @throws InvalidParameterError when it is none of a version */
export function layerOf(layerVersionArn: string): string {
  const { layerArn, version } = parseLayerArn(layerVersionArn);
  if (version === undefined) throw invalid('the ARN of a layer version must end with its number', layerVersionArn);
  return layerArn;
}
