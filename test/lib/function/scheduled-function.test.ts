import { App, Stack, TimeZone } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { FunctionGroup, Overlap, ScheduledFunction, type ScheduledFunctionProps, ScheduleEngine, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');

function synth(props: Partial<ScheduledFunctionProps>) {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  const group = new FunctionGroup(stack, 'Group');
  const fn = new ScheduledFunction(stack, 'Pull', { source, group, ...props });
  return { stack, group, fn, template: () => Template.fromStack(stack) };
}

/** The plan in the input of the ticker's schedule, which is text with references in it. */
function tickerPlan(stack: Stack): Record<string, unknown>[] {
  const schedules = Template.fromStack(stack).findResources('AWS::Scheduler::Schedule', {
    Properties: { ScheduleExpression: 'rate(1 minute)' },
  });
  const ticker = Object.entries(schedules).find(([id]) => id.includes('Ticker'))?.[1];
  const input = ticker?.Properties?.Target?.Input;
  const text =
    typeof input === 'string'
      ? input
      : (input['Fn::Join'][1] as unknown[]).map((part) => (typeof part === 'string' ? part : 'ARN')).join('');
  return JSON.parse(text).plan;
}

describe('whole minutes go to EventBridge Scheduler', () => {
  test.each([
    ['1m', 'rate(1 minute)'],
    ['2m', 'rate(2 minutes)'],
    ['60s', 'rate(1 minute)'],
    ['120s', 'rate(2 minutes)'],
    ['1h30m', 'rate(90 minutes)'],
    ['1h', 'rate(1 hour)'],
    ['1d', 'rate(1 day)'],
    ['1M', 'rate(730 hours)'],
    ['1q', 'rate(2190 hours)'],
  ])('%s as %s', (every, expression) => {
    const { fn, template } = synth({ every });
    expect(fn.engine).toBe(ScheduleEngine.EVENTBRIDGE_SCHEDULER);
    template().resourceCountIs('AWS::Scheduler::Schedule', 1);
    template().hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: expression });
  });

  test('with bounded delivery that ends in the dead-letter queue, by the one role of the group', () => {
    const { template } = synth({ every: '5m' });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      FlexibleTimeWindow: { Mode: 'OFF' },
      GroupName: Match.stringLikeRegexp('Group-Schedules'),
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Pull'), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupSchedulerRole'), 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] } },
        Input:
          '{"source":"katamari.schedule","schedule":"Pull","scheduledTime":"<aws.scheduler.scheduled-time>","attempt":"<aws.scheduler.attempt-number>","payload":null}',
      },
    });
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^GroupSchedulerRole') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Pull'), 'Arn'] },
          },
        ]),
      },
    });
  });

  test('after its schedule group', () => {
    synth({ every: '5m' })
      .template()
      .hasResource('AWS::Scheduler::Schedule', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^GroupSchedules')]) });
  });

  test('a payload of any JSON value', () => {
    const { template } = synth({ every: '5m', payload: { feeds: ['a', 'b'], deep: { n: 1 } } });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: { Input: Match.serializedJson(Match.objectLike({ payload: { feeds: ['a', 'b'], deep: { n: 1 } } })) },
    });
  });
});

describe('a schedule expression', () => {
  test('cron with its time zone', () => {
    const { fn, template } = synth({
      schedule: ScheduleExpression.cron({ minute: '0', hour: '9', weekDay: 'MON-FRI', timeZone: TimeZone.EUROPE_BERLIN }),
    });
    expect(fn.engine).toBe(ScheduleEngine.EVENTBRIDGE_SCHEDULER);
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
    });
  });

  test('one moment', () => {
    const { template } = synth({ schedule: ScheduleExpression.at(new Date('2030-01-01T00:00:00Z')) });
    template().hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'at(2030-01-01T00:00:00)' });
  });

  test('start, end, and switched off', () => {
    const { template } = synth({
      every: '5m',
      start: new Date('2030-01-01T00:00:00Z'),
      end: new Date('2031-01-01T00:00:00Z'),
      enabled: false,
    });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      StartDate: '2030-01-01T00:00:00.000Z',
      EndDate: '2031-01-01T00:00:00.000Z',
      State: 'DISABLED',
    });
  });
});

describe('anything else goes to the ticker', () => {
  test.each([
    ['30s', 30],
    ['90s', 90],
    ['2w3d5h20m30s', 1_488_030],
  ])('%s', (every, seconds) => {
    const { fn, stack } = synth({ every });
    expect(fn.engine).toBe(ScheduleEngine.TICKER);
    expect(tickerPlan(stack)).toEqual([
      { function: 'Pull', functionArn: 'ARN', intervalSeconds: seconds, anchor: 0, tracked: true },
    ]);
  });

  test('with start, end and payload; the grid starts at the start', () => {
    const { stack } = synth({
      every: '45s',
      start: new Date('2030-01-01T00:00:07Z'),
      end: new Date('2031-01-01T00:00:00Z'),
      payload: 'p',
    });
    expect(tickerPlan(stack)).toEqual([
      {
        function: 'Pull',
        functionArn: 'ARN',
        intervalSeconds: 45,
        anchor: 1_893_456_007,
        start: 1_893_456_007,
        end: 1_924_992_000,
        payload: 'p',
        tracked: true,
      },
    ]);
  });

  test('switched off, it makes no ticker at all', () => {
    const { template, fn } = synth({ every: '45s', enabled: false });
    expect(fn.engine).toBe(ScheduleEngine.TICKER);
    template().resourceCountIs('AWS::Scheduler::Schedule', 0);
    template().resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('an untracked function is known to be one', () => {
    const { stack } = synth({ every: '30s', trackRuns: false, overlap: Overlap.allow() });
    expect(tickerPlan(stack)).toMatchObject([{ tracked: false }]);
  });
});

test('by default it does not overlap itself', () => {
  synth({ every: '1m' })
    .template()
    .hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { KATAMARI_OVERLAP_LIMIT: '1' } } });
  synth({ every: '1m', overlap: Overlap.allow() })
    .template()
    .hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { KATAMARI_OVERLAP_LIMIT: Match.absent() } } });
});

test('untracked code must say what overlap it wants', () => {
  const inline = Source.code(lambda.Code.fromInline('exports.handler = async () => 1'), { handler: 'index.handler' });
  expect(() => synth({ every: '1m', source: inline })).toThrow(
    "the runs of 'Pull' are not tracked: say overlap: Overlap.allow() or Overlap.queue(1)",
  );
  expect(() => synth({ every: '1m', source: inline, overlap: Overlap.allow() })).not.toThrow();
});

describe('errors', () => {
  test('neither every nor schedule', () => {
    expect(() => synth({})).toThrow(
      new Error("a scheduled function needs either 'every' or 'schedule', got: neither (at Stack)"),
    );
  });
  test('both', () => {
    expect(() => synth({ every: '1m', schedule: ScheduleExpression.expression('rate(1 minute)') })).toThrow(
      "a scheduled function needs either 'every' or 'schedule', got: both",
    );
  });
  test('a time string that is none', () => {
    expect(() => synth({ every: 'every 5m' })).toThrow("got: 'every 5m'");
  });
  test('a start that does not come before the end', () => {
    const at = new Date('2030-01-01T00:00:00Z');
    expect(() => synth({ every: '1m', start: at, end: at })).toThrow(
      'start must come before end, got: 2030-01-01T00:00:00.000Z and 2030-01-01T00:00:00.000Z',
    );
  });
});

test('a scheduled function adds five resources, and the ticker none for each', () => {
  const count = (every: string, functions: number) => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const group = new FunctionGroup(stack, 'Group');
    for (let index = 0; index < functions; index++) group.addFunction(`F${index}`, { source, every });
    return Object.keys(Template.fromStack(stack).toJSON().Resources).length;
  };
  expect(count('5m', 4) - count('5m', 3)).toBe(5);
  expect(count('30s', 4) - count('30s', 3)).toBe(4);
});
