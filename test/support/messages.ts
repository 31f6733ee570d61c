import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { until } from './until';

/** Waits for so many messages of a queue, and gives what is in them. One that comes again counts once. */
export async function messagesOf(sqs: SQSClient, QueueUrl: string, count: number): Promise<unknown[]> {
  const bodies = new Map<string, unknown>();
  await until(
    `${count} messages of ${QueueUrl}`,
    60_000,
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { MessageId = '', Body = '' } of Messages) bodies.set(MessageId, JSON.parse(Body));
      return bodies.size;
    },
    (got) => got >= count,
  );
  return [...bodies.values()];
}
