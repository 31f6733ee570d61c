import { App } from 'aws-cdk-lib';
import { FeedsStack } from '../../bin/feeds-stack';

/** Context of a local run that serves the samples. */
export const LOCAL = { 'katamari:local': 'true', 'katamari:served': 'http://127.0.0.1:41234' };

/** The demo's stack, as `bin/app.ts` makes it. */
export function demoStack(context: Record<string, unknown> = {}): FeedsStack {
  return new FeedsStack(new App({ context }), 'KatamariFeeds');
}
