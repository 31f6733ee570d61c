import * as z from 'zod/mini';

/**
 * The record that Lambda sends of an asynchronous invocation that failed. The local engine leaves out the time and the request id.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export const failedInvocation = z.object({
  timestamp: z.optional(z.string()),
  requestContext: z.object({
    requestId: z.optional(z.string()),
    functionArn: z.string(),
    /** `RetriesExhausted`, `EventAgeExceeded` or another reason to give up. */
    condition: z.string(),
    approximateInvokeCount: z.optional(z.int()),
  }),
  requestPayload: z.unknown(),
  responsePayload: z.optional(z.unknown()),
});

export type FailedInvocation = z.infer<typeof failedInvocation>;

/** The response of an invocation that failed, as a runtime or Lambda writes it. */
export const errorResponse = z.object({ errorType: z.optional(z.string()), errorMessage: z.optional(z.string()) });
