import { sdkTable } from '../../lambda/shared/table/sdk-table';
import { RunStore } from '../../lambda/tracker/run-store';
import type { TrackerSettings } from '../../lambda/tracker/settings';
import { type Handler, trackWith } from '../../lambda/tracker/track';
import { type LambdaContextOptions, lambdaContext } from '../../testing';
import type { TestMiniStack } from './ministack';
import { useRunTable } from './run-table';

/** Wraps handlers with the tracker. Each handler is a separate function; the tests of a file share one run table. */
export function useTracker(ministack: TestMiniStack, database = useRunTable(ministack)) {
  let functions = 0;
  return (handler: Handler, overlapLimit?: number, more: Partial<TrackerSettings> = {}) => {
    functions += 1;
    const functionName = `fn-${functions}`;
    const settings = { functionName, tableName: database.table.tableName, retentionDays: 30, overlapLimit, ...more };
    const store = new RunStore(sdkTable(database.client, database.table.tableName), settings);
    const wrapped = trackWith({ functionName, store, now: Date.now }, handler);
    return {
      functionName,
      wrapped,
      invoke: (event: unknown = {}, options: LambdaContextOptions = {}) => wrapped(event, lambdaContext(options)),
      runs: () => database.table.runs(functionName),
    };
  };
}
