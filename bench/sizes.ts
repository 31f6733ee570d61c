import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle } from './bundles';
import { formatBytes, printNote, printTable } from './table';
import { repositoryRoot, withWorkspace } from './workspace';

/** Prints the size of each handler of this package, and how much `emit` adds to a user's bundle. */
export async function benchSizes(): Promise<void> {
  const handlers = join(repositoryRoot, 'dist/lambda');
  printTable(
    'sizes: handlers of this package',
    ['', 'minified', 'gzipped'],
    readdirSync(handlers, { recursive: true, encoding: 'utf8' })
      .filter((path) => basename(path) === 'index.js')
      .map((path) => row(dirname(path), join(handlers, path))),
  );
  await withWorkspace((workspace) => {
    const minified = { minify: true, sourceMap: false };
    const build = (name: string, source: string) =>
      row(name, join(bundle(workspace.write(`src/${name}.ts`, source), true, minified), 'index.js'));
    printTable(
      "sizes: a user's bundle",
      ['', 'minified', 'gzipped'],
      [
        ['nothing imported', ...build('nothing', NOTHING).slice(1)],
        ['emit of cdk-katamari/runtime', ...build('emit', EMIT).slice(1)],
        ['PutEventsCommand of the SDK', ...build('put-events', PUT_EVENTS).slice(1)],
      ],
    );
    printNote("minified, without source maps and without the tracker, which is a file beside it: 'tracker' above");
  });
}

function row(name: string, file: string): string[] {
  const content = readFileSync(file);
  return [name, formatBytes(content.length), formatBytes(gzipSync(content, { level: 9 }).length)];
}

const NOTHING = `
export const handler = async () => 'done';
`;

const EMIT = `
import { emit } from 'cdk-katamari/runtime';

export const handler = async () => emit('order.paid', { order: 1 });
`;

const PUT_EVENTS = `
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

const client = new EventBridgeClient({});

export const handler = async () =>
  client.send(new PutEventsCommand({ Entries: [{ Source: 'orders', DetailType: 'order.paid', Detail: '{"order":1}' }] }));
`;
