import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { until } from './until';

/** Waits for a number of messages in a queue and returns their bodies. A message that is received twice counts once. */
export async function receiveMessages(sqs: SQSClient, QueueUrl: string, count: number): Promise<unknown[]> {
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
