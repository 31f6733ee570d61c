import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type AssemblyStack, environmentOfStack } from '../../engine/assembly';
import { type ClientSettings, sdkSettings } from '../../engine/client-settings';
import type { Environment } from '../../engine/ministack';

/** A stack output that is a URL. */
export interface StackAddress {
  /** Names of the stack and the output, such as `Shop.ApiUrl`. */
  readonly name: string;
  readonly url: string;
}

/** Finds the URLs among the outputs of stacks, as this machine reaches them. */
export async function stackAddresses(
  stacks: readonly AssemblyStack[],
  settings: ClientSettings,
  environment: Environment,
): Promise<StackAddress[]> {
  const found: StackAddress[] = [];
  for (const stack of stacks) {
    const { stackName: StackName } = stack;
    const client = new CloudFormationClient(sdkSettings({ ...settings, region: environmentOfStack(stack, environment).region }));
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    for (const { OutputKey, OutputValue = '' } of Stacks[0]?.Outputs ?? []) {
      if (/^(?:https?|wss?):\/\//.test(OutputValue)) {
        found.push({ name: `${StackName}.${OutputKey}`, url: localUrl(OutputValue, settings.endpoint ?? '') });
      }
    }
  }
  return found;
}

/** The address of a function URL for this machine: on a local run the one that MiniStack answers. */
export function reachableUrl(url: string, { endpoint }: ClientSettings): string {
  return endpoint ? localUrl(url, endpoint) : url;
}

/**
 * The address on this machine of a function URL or an API. Other URLs are returned unchanged.
 *
 * @param endpoint endpoint of MiniStack
 */
export function localUrl(url: string, endpoint: string): string {
  const [, functionUrlId, functionPath = ''] = /^https:\/\/([a-z0-9]+)\.lambda-url\.[^/]+\/?(.*)$/.exec(url) ?? [];
  if (functionUrlId) return `${endpoint}/_aws/lambda-url/${functionUrlId}/${functionPath}`;
  const [, scheme = '', apiId, path = ''] = /^(https?|wss?):\/\/([a-z0-9]+)\.execute-api\.[^/]+\/?(.*)$/.exec(url) ?? [];
  if (!apiId) return url;
  const base = scheme.startsWith('ws') ? endpoint.replace(/^http/, 'ws') : endpoint;
  return `${base}/_aws/execute-api/${apiId}/${path === '' ? '$default/' : path}`;
}
