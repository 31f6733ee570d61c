/** What starts the runs of a scheduled function. */
export enum ScheduleEngine {
  /** EventBridge Scheduler, one schedule a function: whole minutes, cron, one time. Fires within the minute. */
  EVENTBRIDGE_SCHEDULER = 'scheduler',

  /** The group's ticker: any whole number of seconds, on a fixed grid. Fires within about a second of the point. */
  TICKER = 'ticker',
}
