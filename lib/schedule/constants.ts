// Names that the schedule constructs, the dispatcher and the run tracker share. No import of aws-cdk-lib here.

/** `source` of the event that a scheduled function receives. The run tracker recognizes scheduled runs by it. */
export const SCHEDULE_EVENT_SOURCE = 'katamari.schedule';

/**
 * Context attributes of EventBridge Scheduler. An emulator may deliver them unreplaced.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const SCHEDULED_TIME_ATTRIBUTE = '<aws.scheduler.scheduled-time>';
export const ATTEMPT_ATTRIBUTE = '<aws.scheduler.attempt-number>';

/** Event that a scheduled function receives. */
export interface ScheduleEvent {
  readonly source: typeof SCHEDULE_EVENT_SOURCE;
  /** Name of the scheduled function. */
  readonly schedule: string;
  /** Scheduled time of the run, a point of the grid, as ISO 8601 in UTC. */
  readonly scheduledTime: string;
  /** Attempt of this run, from 1. */
  readonly attempt: number;
  readonly payload: unknown;
}
