/** Service that starts the runs of a scheduled function. */
export enum ScheduleEngine {
  /** EventBridge Scheduler, with one schedule per function: whole minutes, cron expressions, one-time schedules. Fires within the minute. */
  EVENTBRIDGE_SCHEDULER = 'scheduler',

  /** The group's ticker: any whole number of seconds, on a fixed grid. Fires within about a second of the scheduled time. */
  TICKER = 'ticker',
}
