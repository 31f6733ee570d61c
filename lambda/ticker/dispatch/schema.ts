import * as z from 'zod/mini';

/** The body of a message of the run queue. */
export const runMessage = z.object({
  function: z.string(),
  functionArn: z.string(),
  scheduledTime: z.iso.datetime(),
  payload: z.optional(z.unknown()),
  tracked: z.boolean(),
});
