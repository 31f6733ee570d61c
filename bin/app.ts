import { App } from 'aws-cdk-lib';
import { FeedsStack } from './feeds-stack';

const app = new App();
new FeedsStack(app, 'KatamariFeeds', { description: 'cdk-katamari demo: pulls feeds on a schedule and makes digests of them' });
