import { sdkTable } from '../../lambda/shared/table/sdk-table';
import { RunStore } from '../../lambda/tracker/run-store';
import type { TrackerSettings } from '../../lambda/tracker/settings';
import { type Handler, trackWith } from '../../lambda/tracker/track';
import { type LambdaContextOptions, lambdaContext } from '../../testing';
import type { TestMiniStack } from './ministack';
import { TestRunTable } from './run-table';

/** Puts the tracker around handlers, each as a function of its own, with one run table while the tests of a file run. */
export function useTracker(ministack: TestMiniStack) {
  let table: TestRunTable;
  let functions = 0;
  beforeAll(async () => {
    table = await TestRunTable.create(ministack.dynamodb());
  });
  return (handler: Handler, overlapLimit?: number, more: Partial<TrackerSettings> = {}) => {
    functions += 1;
    const functionName = `fn-${functions}`;
    const settings = { functionName, tableName: table.tableName, retentionDays: 30, overlapLimit, ...more };
    const store = new RunStore(sdkTable(ministack.dynamodb(), table.tableName), settings);
    const wrapped = trackWith({ functionName, store, now: Date.now }, handler);
    return {
      functionName,
      wrapped,
      invoke: (event: unknown = {}, options: LambdaContextOptions = {}) => wrapped(event, lambdaContext(options)),
      runs: () => table.runs(functionName),
    };
  };
}
