import { type CurrentRun, runStorage } from '../shared/current-run';

/** The run that the calling code is part of; undefined outside a tracked run. */
export function currentRun(): CurrentRun | undefined {
  return runStorage().getStore();
}
