// What the schedule constructs, the dispatcher and the run tracker must agree on. No import of aws-cdk-lib here.

/** `source` of the event that a scheduled function receives; how the run tracker tells it from any other event. */
export const SCHEDULE_EVENT_SOURCE = 'katamari.schedule';

/**
 * Context attributes of EventBridge Scheduler. An emulator may deliver them as written.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const SCHEDULED_TIME_ATTRIBUTE = '<aws.scheduler.scheduled-time>';
export const ATTEMPT_ATTRIBUTE = '<aws.scheduler.attempt-number>';

/** The event that a scheduled function receives. */
export interface ScheduleEvent {
  readonly source: typeof SCHEDULE_EVENT_SOURCE;
  /** Name of the scheduled function. */
  readonly schedule: string;
  /** The moment on the grid for which this run was made, ISO 8601 in UTC. */
  readonly scheduledTime: string;
  /** 1 for the first attempt of this run. */
  readonly attempt: number;
  readonly payload: unknown;
}
