// Names that fragments in the documents can use without importing them, because their page defines them.
import type * as cdk from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as katamari from 'cdk-katamari';
import type { FunctionClient, LayerClient } from 'cdk-katamari/client';
import type { ScheduleEvent as Event } from 'cdk-katamari/runtime';
import type { Construct } from 'constructs';

declare global {
  const stack: cdk.Stack;
  const feeds: katamari.FunctionGroup;
  const orders: katamari.FunctionGroup;
  const source: katamari.Source;
  const fn: FunctionClient;
  const layer: LayerClient;
  const Stack: typeof cdk.Stack;
  const Duration: typeof cdk.Duration;
  const Size: typeof cdk.Size;
  const TimeZone: typeof cdk.TimeZone;
  const Code: typeof lambda.Code;
  const Runtime: typeof lambda.Runtime;
  const RetentionDays: typeof logs.RetentionDays;
  const Bucket: typeof s3.Bucket;
  const ScheduleExpression: typeof scheduler.ScheduleExpression;
  const FunctionGroup: typeof katamari.FunctionGroup;
  const Interval: typeof katamari.Interval;
  const Overlap: typeof katamari.Overlap;
  const Source: typeof katamari.Source;
  type ScheduleEvent = Event;
  const NewsStack: new (scope: Construct, id: string) => cdk.Stack;
}
