import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { currentRun } from 'cdk-katamari/runtime';

const lambda = new LambdaClient({});

/** Passes its event on to itself with the number of the next page, until all pages are done. */
export const handler = async (event: {
  readonly detail: { readonly pages: number; readonly text: string };
  readonly page?: number;
}) => {
  const page = event.page ?? 1;
  if (page < event.detail.pages) {
    await lambda.send(
      new InvokeCommand({
        FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
        InvocationType: 'Event',
        Payload: JSON.stringify({ ...event, page: page + 1 }),
      }),
    );
  }
  console.log(`page ${page} of ${JSON.stringify(event.detail)} is run ${currentRun()?.runId}`);
  return event;
};
