import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Handler } from '../shared/handler';
import { type ExitRecord, ExitRecorder, RECORD_EXIT } from './exit-recorder';
import { RunStore } from './run-store';
import { readSettings } from './settings';
import { type TrackerDependencies, trackWith } from './track';

const settings = readSettings(process.env);
const store =
  settings &&
  new RunStore(
    // A handler must not wait long for its own bookkeeping.
    new DynamoDBClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
    }),
    settings,
  );

let parts: TrackerDependencies | undefined;

/** Puts the run tracker around a handler. Compiled in by `Source.typescript` and `Source.javascript`. */
export function track(handler: Handler): Handler {
  parts ??= {
    functionName: settings?.functionName ?? '',
    store,
    exits: store && new ExitRecorder(__filename),
    now: Date.now,
  };
  return trackWith(parts, handler);
}

if (process.argv[2] === RECORD_EXIT && require.main === module && store) {
  const { running, end } = JSON.parse(readFileSync(0, 'utf8')) as ExitRecord;
  void store.finish(running, end);
}
