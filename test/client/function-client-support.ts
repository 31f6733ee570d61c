import { LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { FunctionClient, type FunctionClientOptions, type FunctionSpec } from '../../client';
import type { TestMiniStack } from '../support/ministack';

export const ROLE = 'arn:aws:iam::000000000000:role/test';

/** A zip with one file of Node.js. */
export const zipOf = (source: string, name = 'index.js') => zipSync({ [name]: strToU8(source) });

/** A handler that does what its event says, and knows its environment. */
export const HANDLER = `
exports.handler = async (event) => {
  console.log('a line of the handler');
  if (event.fail) {
    const error = new RangeError(event.fail);
    throw error;
  }
  return { event, greeting: process.env.GREETING };
};`;

export const spec = (more: Partial<FunctionSpec> = {}): FunctionSpec => ({
  code: { zipFile: zipOf(HANDLER) },
  role: ROLE,
  runtime: 'nodejs20.x',
  handler: 'index.handler',
  ...more,
});

/** Options that lead to a MiniStack. */
export const optionsFor = (ministack: TestMiniStack): FunctionClientOptions => ({
  endpoint: ministack.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** A client for a function of a name that no other test has. */
let count = 0;
export const newClient = (ministack: TestMiniStack, qualifier = '') =>
  new FunctionClient(`function-${++count}${qualifier}`, optionsFor(ministack));

/** A LambdaClient of the SDK for what only a test does. */
export const sdkFor = (ministack: TestMiniStack) =>
  new LambdaClient({
    endpoint: ministack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
