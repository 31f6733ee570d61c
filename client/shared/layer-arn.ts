import { parseArn } from '../../lambda/shared/arn';
import { invalid } from '../../lambda/shared/checks';

/** The parts of the ARN of a layer or a layer version. */
interface LayerArn {
  readonly layerName: string;
  /** ARN without the version. */
  readonly layerArn: string;
  readonly version?: number;
  readonly region: string;
}

/**
 * Parses `arn:…:lambda:region:account:layer:name[:version]`.
 *
 * @throws InvalidParameterError when it is not the ARN of a layer
 */
export function parseLayerArn(arn: string): LayerArn {
  const parts = parseArn(arn);
  const [kind, layerName, version, ...more] = parts?.resource.split(':') ?? [];
  const isLayer = parts?.service === 'lambda' && kind === 'layer' && Boolean(parts.region && parts.accountId && layerName);
  if (!isLayer || more.length > 0 || (version !== undefined && !/^\d+$/.test(version))) {
    throw invalid('a layer ARN must be arn:aws:lambda:REGION:ACCOUNT:layer:NAME, optionally followed by :VERSION', arn);
  }
  return {
    layerName: layerName as string,
    layerArn: version === undefined ? arn : arn.slice(0, -version.length - 1),
    version: version === undefined ? undefined : Number(version),
    region: parts.region,
  };
}

/** @throws InvalidParameterError when it is not the ARN of a layer version */
export function parseLayerVersionArn(arn: string): LayerArn {
  const parts = parseLayerArn(arn);
  if (parts.version === undefined) throw invalid('the ARN of a layer version must end with the version number', arn);
  return parts;
}

/** ARN of the layer that a layer version belongs to. @throws InvalidParameterError when the ARN has no version */
export const layerOf = (layerVersionArn: string) => parseLayerVersionArn(layerVersionArn).layerArn;
