import { UNHEALTHY_AFTER } from '../../../lib/invoker/constants';
import type { ModuleHealth } from './types';

/** Counts of calls, in the order in which the calls ended. */
export interface HealthCounts {
  readonly totalRequests: number;
  readonly totalFailures: number;
  readonly consecutiveFailures: number;
  readonly lastSuccess?: string;
  readonly lastFailure?: string;
}

export const NO_CALLS: HealthCounts = { totalRequests: 0, totalFailures: 0, consecutiveFailures: 0 };

/** Adds a call. @param at when the call ended, ISO 8601 */
export function counted(counts: HealthCounts, success: boolean, at: string): HealthCounts {
  return {
    ...counts,
    totalRequests: counts.totalRequests + 1,
    totalFailures: counts.totalFailures + (success ? 0 : 1),
    consecutiveFailures: success ? 0 : counts.consecutiveFailures + 1,
    ...(success ? { lastSuccess: at } : { lastFailure: at }),
  };
}

/** Adds the counts of later calls to those of earlier calls. */
export function followedBy(earlier: HealthCounts, later: HealthCounts): HealthCounts {
  const hasSuccess = later.totalFailures < later.totalRequests;
  return {
    ...earlier,
    ...later,
    totalRequests: earlier.totalRequests + later.totalRequests,
    totalFailures: earlier.totalFailures + later.totalFailures,
    consecutiveFailures: (hasSuccess ? 0 : earlier.consecutiveFailures) + later.consecutiveFailures,
  };
}

export function toModuleHealth(counts: HealthCounts): ModuleHealth {
  const { totalRequests, totalFailures, consecutiveFailures, lastSuccess = null, lastFailure = null } = counts;
  return {
    isHealthy: consecutiveFailures < UNHEALTHY_AFTER,
    totalRequests,
    totalFailures,
    consecutiveFailures,
    errorRate: totalRequests === 0 ? 0 : fourPlaces(totalFailures / totalRequests),
    lastSuccess,
    lastFailure,
  };
}

/** Rounds as Python does: ties, which are the odd multiples of 1/32, go to the even digit. 1/32 is 0.0312 in both languages. */
function fourPlaces(share: number): number {
  if (!Number.isInteger(share * 32)) return Number(share.toFixed(4));
  const scaled = share * 10_000;
  const floor = Math.floor(scaled);
  return (scaled > floor ? floor + (floor % 2) : floor) / 10_000;
}
