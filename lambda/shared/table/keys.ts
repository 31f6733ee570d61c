import { HEALTH_SORT_KEY, healthPartition } from '../../../lib/invoker/constants';
import { LEASE_SORT_KEY, leasePartition, PARTITION_KEY, runPartition, SORT_KEY } from '../../../lib/runs/constants';
import { claimPartition, TICK_PARTITION, TICK_PLAN_SORT_KEY, TICK_STATE_SORT_KEY } from '../../../lib/ticker/constants';

/** The primary key of an item. */
export type ItemKey = Readonly<Record<typeof PARTITION_KEY | typeof SORT_KEY, string>>;

/** Key of the record of a run. */
export const runKey = (functionName: string, runId: string) => itemKey(runPartition(functionName), runId);

/** Key of the lease item. */
export const leaseKey = (functionName: string) => itemKey(leasePartition(functionName), LEASE_SORT_KEY);

/** Key of the claim of the dispatcher on a run of a function without run tracker. */
export const claimKey = (functionName: string, scheduledTime: string) => itemKey(claimPartition(functionName), scheduledTime);

/** Key of the ticker's watermark and claim. */
export const tickStateKey = () => itemKey(TICK_PARTITION, TICK_STATE_SORT_KEY);

/** Key of the schedules of the last tick. */
export const tickPlanKey = () => itemKey(TICK_PARTITION, TICK_PLAN_SORT_KEY);

/** Key of the health of a module. */
export const healthKey = (moduleName: string) => itemKey(healthPartition(moduleName), HEALTH_SORT_KEY);

function itemKey(partition: string, sort: string): ItemKey {
  return { [PARTITION_KEY]: partition, [SORT_KEY]: sort };
}
