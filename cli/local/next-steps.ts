import type { AssemblyStack } from '../../engine/assembly';
import { formatTime } from '../shared/format';
import type { StackAddress } from '../shared/local-addresses';
import type { Colors } from '../shared/output';
import type { DueTime } from './schedules';

/** A local run that is up. */
interface LocalOverview {
  readonly endpoint: string;
  readonly region: string;
  /** Names of the functions in groups. */
  readonly functions: readonly string[];
  /** When the next run of each scheduled function is due, soonest first. */
  readonly due: readonly DueTime[];
  readonly stacks: readonly AssemblyStack[];
  readonly addresses: readonly StackAddress[];
  readonly served?: { readonly address: string; readonly root: string };
  readonly watching: boolean;
}

/** Lines that describe a local run, and the commands to try on it. */
export function describeNextSteps(overview: LocalOverview, colors: Colors): string[] {
  const { endpoint, region, functions, due, addresses, served } = overview;
  const facts: [string, string][] = [
    ['functions', functions.length > 0 ? functions.join(', ') : 'none in a FunctionGroup'],
    ...(due.length > 0
      ? [['next runs', due.map(({ name, time }) => `${name} ${formatTime(time)}`).join(', ')] satisfies [string, string]]
      : []),
    ...addresses.map(({ name, url }): [string, string] => [name, url]),
    ...(served ? [['served', `${served.address} (files of ${served.root})`] satisfies [string, string]] : []),
    ['endpoint', endpoint],
  ];
  const width = Math.max(...facts.map(([title]) => title.length));
  const settings = `AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`;
  const event = exampleEvent(overview.stacks);
  const [first = 'NAME'] = functions;
  const commands = [
    'npx cdk-katamari runs',
    `npx cdk-katamari logs ${first} --follow`,
    `npx cdk-katamari invoke ${first}`,
    ...(event ? [`npx cdk-katamari emit ${event} '{"hello": "world"}'`] : []),
  ];
  return [
    '',
    ...facts.map(([title, text]) => `  ${colors.dim(title.padEnd(width))}  ${text}`),
    '',
    `  ${colors.bold('Try, in another terminal:')}`,
    ...(functions.length > 0 ? commands.map((command) => `    ${colors.cyan(command)}`) : []),
    `  ${colors.bold('To use it from the AWS CLI and the SDKs:')}`,
    `    ${colors.cyan(`export ${settings}`)}`,
    '',
    colors.dim(`  ${overview.watching ? 'The app is redeployed when you save a file. ' : ''}Ctrl-C stops everything.`),
    '',
  ];
}

/** Name of an event that a rule of the app matches, as an example. */
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
