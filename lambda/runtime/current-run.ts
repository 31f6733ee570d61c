import { type CurrentRun, runStorage } from '../shared/current-run';

/** The run that the calling code belongs to; undefined outside a tracked run. */
export function currentRun(): CurrentRun | undefined {
  return runStorage().getStore();
}
