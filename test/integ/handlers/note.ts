import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SQSEvent } from 'aws-lambda';

/** Notes the bodies of messages in a file of the test, slowly. */
export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    await pause(1_000);
    appendFileSync(process.env.NOTES ?? '', `${body}\n`);
  }
};
