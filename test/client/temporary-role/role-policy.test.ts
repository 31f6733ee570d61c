import { requireNarrow } from '../../../client/temporary-role/role-policy';
import { InvalidParameterError } from '../../../lambda/runtime';

/** ARNs of each service from the region on. Those in `named` name a resource, and those in `wide` do not. */
const RESOURCES: Readonly<Record<string, { readonly named: readonly string[]; readonly wide: readonly string[] }>> = {
  apigateway: {
    named: ['eu-west-1::/restapis/abc', 'eu-west-1::/restapis/abc/*', 'eu-west-1::/apis/abc/stages/*'],
    wide: [
      'eu-west-1::/*',
      'eu-west-1::/restapis/*',
      'eu-west-1::/restapis/a*/stages',
      'eu-west-1::/restapis//*',
      'eu-west-1::/',
    ],
  },
  cloudformation: {
    named: ['eu-west-1:1:stack/orders/*', 'eu-west-1:1:stack/orders/0a1b'],
    wide: ['eu-west-1:1:stack/*', 'eu-west-1:1:stack/orders*/*', 'eu-west-1:1:stack/*/0a1b'],
  },
  constructor: { named: ['eu-west-1:1:orders'], wide: ['eu-west-1:1:orders/*'] },
  dynamodb: {
    named: ['eu-west-1:1:table/orders', 'eu-west-1:1:table/orders/index/*', 'eu-west-1:1:table/orders/stream/*'],
    wide: [
      'eu-west-1:1:table/*',
      'eu-west-1:1:table/o*',
      'eu-west-1:1:table/?rders',
      'eu-west-1:1:table/*/index/a',
      'eu-west-1:1:table/',
    ],
  },
  ecs: {
    named: ['eu-west-1:1:service/cluster/orders'],
    wide: ['eu-west-1:1:service/cluster/*', 'eu-west-1:1:task/cluster/*'],
  },
  events: {
    named: ['eu-west-1:1:rule/orders', 'eu-west-1:1:rule/bus/orders', 'eu-west-1:1:event-bus/orders'],
    wide: ['eu-west-1:1:rule/*', 'eu-west-1:1:rule/bus/*', 'eu-west-1:1:event-bus/*', 'eu-west-1:1:event-bus/o*'],
  },
  'execute-api': {
    named: ['eu-west-1:1:abc/*', 'eu-west-1:1:abc/prod/GET/orders', 'eu-west-1:1:abc/*/GET/*'],
    wide: ['eu-west-1:1:*', 'eu-west-1:1:*/prod/GET/orders', 'eu-west-1:1:a*/prod', 'eu-west-1:1:abc*'],
  },
  iam: {
    named: [':1:role/orders', ':1:role/service-role/orders'],
    wide: [':1:role/*', ':1:role/service-role/*', ':1:role/service-role/o*', ':1:*'],
  },
  kinesis: {
    named: ['eu-west-1:1:stream/orders', 'eu-west-1:1:stream/orders/consumer/*'],
    wide: ['eu-west-1:1:stream/*', 'eu-west-1:1:stream/o*'],
  },
  kms: {
    named: ['eu-west-1:1:key/0a1b', 'eu-west-1:1:alias/orders'],
    wide: ['eu-west-1:1:key/*', 'eu-west-1:1:alias/team/*'],
  },
  lambda: {
    named: ['eu-west-1:1:function:orders', 'eu-west-1:1:function:orders:*', 'eu-west-1:1:layer:tools:*'],
    wide: ['eu-west-1:1:function:*', 'eu-west-1:1:function:a*', 'eu-west-1:1:function:a?:live', 'eu-west-1:1:function::*'],
  },
  logs: {
    named: [
      'eu-west-1:1:log-group:/aws/lambda/orders',
      'eu-west-1:1:log-group:/aws/lambda/orders:*',
      'eu-west-1:1:log-group:orders:log-stream:*',
    ],
    wide: [
      'eu-west-1:1:log-group:*',
      'eu-west-1:1:log-group:/aws/lambda/*',
      'eu-west-1:1:log-group:/aws/lambda/*:*',
      'eu-west-1:1:log-group:/aws/lambda/orders*:log-stream:a',
    ],
  },
  s3: {
    named: ['::orders', '::orders/*', '::orders/2026/*.json', 'eu-west-1:1:accesspoint/orders/object/*'],
    wide: ['::*', '::*/orders', '::orders*', '::orders*/a', '::orders-?/*', 'eu-west-1:1:accesspoint/*', 'eu-west-1:1:job/*'],
  },
  secretsmanager: {
    named: ['eu-west-1:1:secret:orders-AbCdEf', 'eu-west-1:1:secret:team/orders-??????'],
    wide: ['eu-west-1:1:secret:*', 'eu-west-1:1:secret:orders-*', 'eu-west-1:1:secret:team/*', 'eu-west-1:1:secret:??????'],
  },
  sns: {
    named: ['eu-west-1:1:orders', 'eu-west-1:1:orders:*'],
    wide: ['eu-west-1:1:*', 'eu-west-1:1:o*', 'eu-west-1:1:*:0a1b'],
  },
  sqs: {
    named: ['eu-west-1:1:orders', 'eu-west-1:1:orders.fifo'],
    wide: ['eu-west-1:1:*', 'eu-west-1:1:o*', 'eu-west-1:1:'],
  },
  ssm: {
    named: ['eu-west-1:1:parameter/orders/url'],
    wide: ['eu-west-1:1:parameter/*', 'eu-west-1:1:parameter/orders/*'],
  },
  states: {
    named: ['eu-west-1:1:stateMachine:orders', 'eu-west-1:1:execution:orders:*'],
    wide: ['eu-west-1:1:stateMachine:*', 'eu-west-1:1:execution:*', 'eu-west-1:1:execution:o*:a'],
  },
  sts: {
    named: [':1:assumed-role/orders/*'],
    wide: [':1:assumed-role/*', ':1:assumed-role/o*/session'],
  },
};

const rows = (which: 'named' | 'wide') =>
  Object.entries(RESOURCES).flatMap(([service, arns]) => arns[which].map((tail) => `arn:aws:${service}:${tail}`));
const check = (resource: string) => () => requireNarrow([{ actions: ['lambda:InvokeFunction'], resources: [resource] }]);

test.each(rows('named'))('%s names a resource', (resource) => {
  expect(check(resource)).not.toThrow();
});

test.each(rows('wide'))('%s does not name a resource', (resource) => {
  expect(check(resource)).toThrow(InvalidParameterError);
});
