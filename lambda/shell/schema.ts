import * as z from 'zod/mini';

/** The secret of a request. Checked before the rest, so that a caller without the secret learns nothing. */
export const shellCredentials = z.object({ secret: z.string() });

/** The code of a request. */
export const shellCode = z.object({
  language: z.literal('javascript', {
    error: ({ input }) => `language must be 'javascript' in this function, got: '${String(input)}'`,
  }),
  code: z.string({ error: ({ input }) => `code must be a string, got: ${typeof input}` }),
});
