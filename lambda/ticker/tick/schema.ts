import * as z from 'zod/mini';

const wholeNumber = z.int();

/** The event of a tick, which the schedule of the deployed stack sends. */
export const tickEvent = z.object({
  plan: z.array(
    z.object({
      function: z.string(),
      functionArn: z.string(),
      intervalSeconds: wholeNumber.check(z.minimum(1)),
      anchor: wholeNumber,
      start: z.optional(wholeNumber),
      end: z.optional(wholeNumber),
      payload: z.optional(z.unknown()),
      tracked: z.boolean(),
    }),
  ),
});
