import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import type { RunEnd, RunningAttempt, RunStart, StartOutcome } from '../../../lambda/tracker/attempt';
import { RunStore } from '../../../lambda/tracker/run-store';
import type { TrackerSettings } from '../../../lambda/tracker/settings';
import type { PythonDriver } from './python-driver';

/** The interface that both implementations of the run store share. */
export interface AnyRunStore {
  readonly begin: (start: RunStart) => Promise<StartOutcome>;
  readonly finish: (running: RunningAttempt, end: RunEnd) => Promise<void>;
}

export function typescriptStore(client: DynamoDBClient, settings: TrackerSettings): AnyRunStore {
  const store = new RunStore(sdkTable(client, settings.tableName), settings);
  return { begin: (start) => store.begin(start), finish: (running, end) => store.finish(running, end) };
}

export function pythonStore(python: PythonDriver, endpoint: string, settings: TrackerSettings): AnyRunStore {
  return {
    begin: (start) => python.result<StartOutcome>('begin', { endpoint, settings, start }),
    finish: (running, end) => python.result('finish', { endpoint, settings, running, end }),
  };
}

/** Combines stores on the same table. The calls go to the stores in turn, so that each one reads the records of the others. */
export function inTurn(...stores: readonly AnyRunStore[]): AnyRunStore {
  let turn = 0;
  const next = () => stores[turn++ % stores.length] as AnyRunStore;
  return { begin: (start) => next().begin(start), finish: (running, end) => next().finish(running, end) };
}
