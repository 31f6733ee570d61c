/** How a module's function is invoked. The values are Lambda's own names. */
export enum InvocationType {
  /** Waits for the answer of the function. */
  REQUEST_RESPONSE = 'RequestResponse',

  /** Waits until Lambda has taken the event, and no longer: what becomes of it, the caller does not learn. */
  EVENT = 'Event',
}
