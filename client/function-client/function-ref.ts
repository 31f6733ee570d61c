import type { FunctionName } from '../../lambda/shared/function-name';
import type { AwsClients } from './clients';

/** A function, and the clients that reach it: what the parts of `FunctionClient` share. */
export interface FunctionRef extends FunctionName {
  readonly clients: AwsClients;
}

/** What the API is given to name the function, its version or alias included. */
export function withQualifier({ reference, qualifier }: FunctionName): { FunctionName: string; Qualifier?: string } {
  return { FunctionName: reference, ...(qualifier && { Qualifier: qualifier }) };
}
