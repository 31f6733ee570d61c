import type { FunctionName } from '../../lambda/shared/function-name';
import type { AwsClients } from '../shared/aws-clients';

/** A function and the SDK clients for it. All parts of `FunctionClient` share it. */
export interface FunctionRef extends FunctionName {
  readonly clients: AwsClients;
}

/** Parameters of the Lambda API that name the function with its version or alias. */
export function withQualifier({ reference, qualifier }: FunctionName): { FunctionName: string; Qualifier?: string } {
  return { FunctionName: reference, ...(qualifier && { Qualifier: qualifier }) };
}
