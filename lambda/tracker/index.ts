import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  LOCAL_DEADLINE_FACTOR,
  TABLE_CONNECTION_TIMEOUT_MS,
  TABLE_MAX_ATTEMPTS,
  TABLE_REQUEST_TIMEOUT_MS,
} from '../../lib/runs/constants';
import type { Handler } from '../shared/handler';
import { sdkTable } from '../shared/table/sdk-table';
import type { TableClient } from '../shared/table/table-client';
import { type ExitRecord, ExitRecorder, RECORD_EXIT } from './exit-recorder';
import { loadHandler, requireFunction } from './load-failure';
import { RunStore } from './run-store';
import { readSettings, type TrackerSettings } from './settings';
import { type TrackerDependencies, trackWith } from './track';

const settings = readSettings(process.env);
const store = settings && new RunStore(openTable(settings), settings);

/**
 * Loads a handler and wraps it in the run tracker. The entry that `Source.typescript` and `Source.javascript` add to a bundle calls it.
 *
 * @param load loads the module of the handler and returns the handler; a promise of it for an ES module
 * @returns a promise where `load` returns one
 */
export function trackModule(load: () => unknown): Handler | Promise<Handler> {
  const tracker: TrackerDependencies = {
    functionName: settings?.functionName ?? '',
    store,
    exits: store && new ExitRecorder(__filename),
    now: Date.now,
    local: settings?.local,
  };
  // Without tracking, a load that fails ends the start of the function, as it does without this library. Provisioned concurrency and
  // SnapStart start the function while it is deployed: a failure must then fail the deploy.
  const isOnDemand = (process.env.AWS_LAMBDA_INITIALIZATION_TYPE ?? 'on-demand') === 'on-demand';
  const loaded = store && isOnDemand ? loadHandler(load, __dirname) : load();
  return loaded instanceof Promise
    ? loaded.then((handler) => trackWith(tracker, requireFunction(handler)))
    : trackWith(tracker, requireFunction(loaded));
}

function openTable({ tableName, local }: TrackerSettings): TableClient {
  const factor = local ? LOCAL_DEADLINE_FACTOR : 1;
  const requestHandler = {
    connectionTimeout: TABLE_CONNECTION_TIMEOUT_MS * factor,
    requestTimeout: TABLE_REQUEST_TIMEOUT_MS * factor,
    throwOnRequestTimeout: true,
  };
  return sdkTable(new DynamoDBClient({ maxAttempts: TABLE_MAX_ATTEMPTS, requestHandler }), tableName);
}

if (process.argv[2] === RECORD_EXIT && require.main === module && store) {
  const records = JSON.parse(readFileSync(0, 'utf8')) as readonly ExitRecord[];
  // A write that the table refuses must not end the process before the other writes.
  for (const { running, end } of records) store.finish(running, end).catch((error) => console.error(error));
}
