// Names and values that the schedule constructs, the dispatcher and the run tracker share. Never import aws-cdk-lib here.

/** `source` of the event that a scheduled function receives. The run tracker recognizes the event by it. */
export const SCHEDULE_EVENT_SOURCE = 'katamari.schedule';

/**
 * Context attributes of EventBridge Scheduler, which replaces them by their values. An emulator may not.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const SCHEDULED_TIME_ATTRIBUTE = '<aws.scheduler.scheduled-time>';
export const ATTEMPT_ATTRIBUTE = '<aws.scheduler.attempt-number>';

/** Event that a scheduled function receives. */
export interface ScheduleEvent {
  readonly source: typeof SCHEDULE_EVENT_SOURCE;
  /** Name of the scheduled function. */
  readonly schedule: string;
  /** When the run is due by its schedule, ISO 8601 in UTC. */
  readonly scheduledTime: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  readonly payload: unknown;
}
