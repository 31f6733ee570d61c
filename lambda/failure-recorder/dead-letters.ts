import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/**
 * Sends the events of failed invocations to a dead-letter queue, as Lambda does on AWS. The local engine sends an event to the
 * destination alone if a function has both.
 */
export function deadLetters(client: Pick<SQSClient, 'send'>, QueueUrl: string) {
  return async (event: unknown, { errorMessage }: { readonly errorMessage: string }): Promise<void> => {
    await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: JSON.stringify(event),
        MessageAttributes: {
          ErrorCode: { DataType: 'Number', StringValue: '200' },
          // An attribute must not be empty.
          ...(errorMessage && { ErrorMessage: { DataType: 'String', StringValue: errorMessage } }),
        },
      }),
    );
  };
}
