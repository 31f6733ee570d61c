import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { until } from './until';

/**
 * Waits for a number of messages in a queue, and receives until the queue is empty. Returns the bodies of all messages. A message
 * that is received twice counts once.
 */
export async function receiveMessages(sqs: SQSClient, QueueUrl: string, count: number): Promise<unknown[]> {
  const bodies = new Map<string, unknown>();
  const receive = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { MessageId = '', Body = '' } of Messages) bodies.set(MessageId, JSON.parse(Body));
    return Messages.length;
  };
  await until(
    `${count} messages of ${QueueUrl}`,
    60_000,
    async () => {
      await receive();
      return bodies.size;
    },
    (got) => got >= count,
  );
  // Surplus messages are returned too, so that the test fails.
  await until(`an empty ${QueueUrl}`, 60_000, receive, (got) => got === 0);
  return [...bodies.values()];
}
