import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { DESCRIPTION_MAX_LENGTH, LAYER_LICENSE_MAX_LENGTH, LAYER_NAME, LAYER_NAME_MAX_LENGTH } from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';
import type { LayerOptions } from './layer-options';

/**
 * Refuses options that exceed a limit of Lambda.
 *
 * @internal
 */
export function validateLayerOptions(scope: IConstruct, { layerVersionName, description, license }: LayerOptions): void {
  requireLength(scope, 'description', description, DESCRIPTION_MAX_LENGTH);
  requireLength(scope, 'license', license, LAYER_LICENSE_MAX_LENGTH);
  if (layerVersionName === undefined || Token.isUnresolved(layerVersionName)) return;
  if (!LAYER_NAME.test(layerVersionName)) {
    throw new ValidationError(
      `layerVersionName must have 1 to ${LAYER_NAME_MAX_LENGTH} letters, digits, '-' and '_', got: ${formatValue(layerVersionName)}`,
      scope,
    );
  }
}

function requireLength(scope: IConstruct, name: string, text: string | undefined, max: number): void {
  if (text === undefined || Token.isUnresolved(text) || text.length <= max) return;
  throw new ValidationError(`${name} of a layer must have at most ${max} characters, got: ${text.length}`, scope);
}
