import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
const DESCRIPTION_MAX_LENGTH = 256;
const LICENSE_MAX_LENGTH = 512;
const NAME_MAX_LENGTH = 140;

/**
 * Refuses texts of a layer that Lambda would refuse.
 *
 * @internal
 */
export function validateLayerTexts(
  scope: IConstruct,
  { layerVersionName, description, license }: { layerVersionName?: string; description?: string; license?: string },
): void {
  requireLength(scope, 'the description of a layer', description, DESCRIPTION_MAX_LENGTH);
  requireLength(scope, 'the license of a layer', license, LICENSE_MAX_LENGTH);
  if (layerVersionName === undefined || Token.isUnresolved(layerVersionName)) return;
  if (!new RegExp(`^[A-Za-z0-9_-]{1,${NAME_MAX_LENGTH}}$`).test(layerVersionName)) {
    throw new ValidationError(
      `the name of a layer must have 1 to ${NAME_MAX_LENGTH} letters, digits, '-' and '_', got: ${formatValue(layerVersionName)}`,
      scope,
    );
  }
}

function requireLength(scope: IConstruct, what: string, text: string | undefined, max: number): void {
  if (text === undefined || Token.isUnresolved(text) || text.length <= max) return;
  throw new ValidationError(`${what} may have ${max} characters, got: ${text.length}`, scope);
}
