import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ExecutePayload } from 'cdk-katamari/runtime';

const dynamoDb = new DynamoDBClient({});

/** A module whose work can be counted: each request increments its own item. */
export async function handler({ trigger, request_id }: ExecutePayload) {
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: process.env.EFFECTS,
      Key: { pk: { S: request_id } },
      UpdateExpression: 'ADD times :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  await sleep(Number(process.env.WORK_MS ?? 0));
  const what = trigger.type === 'command' ? trigger.command : trigger.event_type;
  return { success: true, message: `${trigger.type} ${what}`, targets: ['discord'], data_of_event: trigger.event_data };
}
