import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { FeedsStack } from '../../bin/feeds-stack';

/** Context of a local run that serves the samples. */
export const LOCAL = { 'katamari:local': 'true', 'katamari:served': 'http://127.0.0.1:41234' };

/** Reads the context of `cdk.json`, which has the feature flags of the demo. */
export function contextOfCdkJson(): Record<string, unknown> {
  return JSON.parse(readFileSync('cdk.json', 'utf8')).context;
}

/** Creates the stack of the demo like `bin/app.ts`. */
export function demoStack(context: Record<string, unknown> = {}): FeedsStack {
  return new FeedsStack(new App({ context }), 'KatamariFeeds');
}
