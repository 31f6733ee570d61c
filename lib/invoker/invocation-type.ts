/** How the function of a module is invoked. The values are those of the Lambda API. */
export enum InvocationType {
  /** Waits for the response of the function. */
  REQUEST_RESPONSE = 'RequestResponse',

  /** Waits only until Lambda has queued the event. The caller does not learn the outcome. */
  EVENT = 'Event',
}
