import type { AssemblyStack } from '../../engine/assembly';
import type { DeployedFunction } from '../shared/discovery';
import type { StackAddress } from '../shared/local-addresses';
import type { Colors } from '../shared/output';

/** What is up. */
export interface LocalOverview {
  readonly endpoint: string;
  readonly region: string;
  readonly functions: readonly DeployedFunction[];
  readonly stacks: readonly AssemblyStack[];
  readonly addresses: readonly StackAddress[];
  readonly served?: { readonly address: string; readonly root: string };
  readonly watching: boolean;
}

/** What a user can do with what is up, with the names that are in it. */
export function describeNextSteps(overview: LocalOverview, colors: Colors): string[] {
  const { endpoint, region, functions, addresses, served } = overview;
  const names = functions.map(({ name }) => name);
  const facts: [string, string][] = [
    ['functions', names.length > 0 ? names.join(', ') : 'none of a FunctionGroup'],
    ...addresses.map(({ name, url }): [string, string] => [name, url]),
    ...(served ? [['served', `${served.address} (files of ${served.root})`] satisfies [string, string]] : []),
    ['endpoint', endpoint],
  ];
  const width = Math.max(...facts.map(([title]) => title.length));
  const settings = `AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`;
  const event = exampleEvent(overview.stacks);
  const [first = 'NAME'] = names;
  const commands = [
    'npx katamari runs',
    `npx katamari logs ${first} --follow`,
    `npx katamari invoke ${first}`,
    ...(event ? [`npx katamari emit ${event} '{"hello": "world"}'`] : []),
  ];
  return [
    '',
    ...facts.map(([title, text]) => `  ${colors.dim(title.padEnd(width))}  ${text}`),
    '',
    `  ${colors.bold('Try, in another terminal:')}`,
    ...(names.length > 0 ? commands.map((command) => `    ${colors.cyan(command)}`) : []),
    `  ${colors.bold('Let the AWS CLI and the SDKs use it:')}`,
    `    ${colors.cyan(`export ${settings}`)}`,
    '',
    colors.dim(`  ${overview.watching ? 'A change of the app is deployed when it is saved. ' : ''}Ctrl-C takes everything down.`),
    '',
  ];
}

/** An event that a rule of the app waits for. */
export function exampleEvent(stacks: readonly AssemblyStack[]): string | undefined {
  for (const { template } of stacks) {
    for (const { Type, Properties = {} } of Object.values(template.Resources ?? {})) {
      if (Type !== 'AWS::Events::Rule') continue;
      const pattern = Properties.EventPattern as { 'detail-type'?: unknown[] } | undefined;
      for (const matcher of pattern?.['detail-type'] ?? []) {
        const { wildcard } = (matcher ?? {}) as { wildcard?: unknown };
        if (typeof matcher === 'string') return matcher;
        if (typeof wildcard === 'string') return wildcard.replaceAll('*', 'example');
      }
    }
  }
  return undefined;
}
