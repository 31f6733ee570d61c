import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { ENV_FUNCTION } from '../../lib/runs/constants';
import { parseFunctionName } from '../shared/function-name';

/** Reads the names that functions have within their group. The record of a failed invocation has only the deployed name. */
export class FunctionNames {
  private readonly known = new Map<string, string>();

  public constructor(private readonly client: Pick<LambdaClient, 'send'>) {}

  /**
   * Returns the name of a function within its group; undefined if the function has been deleted.
   *
   * @param functionArn with or without a qualifier
   */
  public async get(functionArn: string): Promise<string | undefined> {
    const { name, reference } = parseFunctionName(functionArn);
    const known = this.known.get(reference);
    if (known !== undefined) return known;
    try {
      const { Environment } = await this.client.send(new GetFunctionConfigurationCommand({ FunctionName: reference }));
      const found = Environment?.Variables?.[ENV_FUNCTION] ?? name;
      this.known.set(reference, found);
      return found;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }
}
