import { join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MiniStack } from '../../engine/ministack';

/** Timeout that allows for the first start on a machine, which installs MiniStack. */
export const START_TIMEOUT_MS = 180_000;

/** Folder of the virtual environment that all suites share. */
export const STATE_DIRECTORY = join(__dirname, '..', '..', '.katamari');

/** A MiniStack that runs during the tests of a file. */
export interface TestMiniStack {
  readonly endpoint: string;
  /** Environment variables that make a process use this MiniStack. */
  readonly environment: () => Record<string, string>;
  readonly dynamodb: (config?: DynamoDBClientConfig) => DynamoDBClient;
  readonly sqs: () => SQSClient;
  readonly events: () => EventBridgeClient;
}

/** Starts a MiniStack before the tests of a file, on a free port, and stops it after them. */
export function useMiniStack(): TestMiniStack {
  let started: MiniStack | undefined;
  const clients: { destroy(): void }[] = [];
  const running = () => {
    if (!started) throw new Error('MiniStack is available only while the tests of this file run');
    return started;
  };
  const config = () => ({
    endpoint: running().endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const keep = <T extends { destroy(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    started = await MiniStack.start({ stateDirectory: STATE_DIRECTORY });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await started?.stop();
  });
  return {
    get endpoint() {
      return running().endpoint;
    },
    environment: () => running().environment(),
    dynamodb: (more = {}) => keep(new DynamoDBClient({ ...config(), ...more })),
    sqs: () => keep(new SQSClient(config())),
    events: () => keep(new EventBridgeClient(config())),
  };
}
