import { LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { FunctionClient, type FunctionClientOptions, type FunctionSpec } from '../../client';
import type { TestMiniStack } from '../support/ministack';

export const ROLE = 'arn:aws:iam::000000000000:role/test';

/** Creates a zip with one Node.js file. */
export const zipOf = (source: string, name = 'index.js') => zipSync({ [name]: strToU8(source) });

/** A handler that fails if its event says so, and otherwise returns the event and an environment variable. */
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

/** Client options for a MiniStack. */
export const optionsFor = (ministack: TestMiniStack): FunctionClientOptions => ({
  endpoint: ministack.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

let count = 0;
/** Creates a client for a function with a unique name. */
export const newClient = (ministack: TestMiniStack, qualifier = '') =>
  new FunctionClient(`function-${++count}${qualifier}`, optionsFor(ministack));

/** Creates an SDK client for calls that FunctionClient does not offer. */
export const sdkFor = (ministack: TestMiniStack) =>
  new LambdaClient({
    endpoint: ministack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
