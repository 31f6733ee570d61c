import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { LEASE_SORT_KEY, SORT_KEY } from '../lib/runs/constants';

/** A run table on loopback that accepts every request at once. */
export interface DynamoDbStub {
  /** Settings for an SDK client. */
  readonly environment: Readonly<Record<string, string>>;
  /** Number of requests since the last call. */
  takeRequests(): number;
  stop(): Promise<void>;
}

export async function startDynamoDbStub(): Promise<DynamoDbStub> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = (await json(request)) as { Key?: Record<string, { S?: string }> };
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(answer(operation, body.Key?.[SORT_KEY]?.S)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
    },
    takeRequests: () => {
      const taken = requests;
      requests = 0;
      return taken;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(operation: string, sortKey?: string): unknown {
  if (operation === 'UpdateItem') return { Attributes: { attempt: { N: '1' } } };
  if (operation === 'GetItem' && sortKey === LEASE_SORT_KEY) return { Item: { version: { N: '0' }, holders: { M: {} } } };
  return {};
}
