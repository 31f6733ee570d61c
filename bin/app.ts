import { App } from 'aws-cdk-lib';
import { FeedsStack } from './feeds-stack';

new FeedsStack(new App(), 'KatamariFeeds');
