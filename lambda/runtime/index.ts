export type { ScheduleEvent } from '../../lib/schedule/constants';
export type { CurrentRun } from '../shared/current-run';
export type { RunRecord, RunState, RunTrigger } from '../shared/run';
export { currentRun } from './current-run';
export { type EmitOptions, type EventToEmit, emit, emitAll } from './emit';
export { EmitError, InvalidEventError, KatamariError, type RefusedEvent } from './errors';
export { type ListRunsOptions, RunsClient } from './runs-client';
export type { SdkClient } from './sdk-client';
