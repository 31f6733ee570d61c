import { App, Lazy, Stack, TimeZone } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
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

/** Reads the plan from the input of the ticker's schedule, which is a text with references. */
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

describe('intervals of whole minutes use EventBridge Scheduler', () => {
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

  test('with limited retries, the dead-letter queue, and the shared role of the group', () => {
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
          '{"katamari:delivery":"schedule","event":{"source":"katamari.schedule","schedule":"Pull","scheduledTime":"<aws.scheduler.scheduled-time>","attempt":"<aws.scheduler.attempt-number>","payload":null}}',
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

  test('with a dependency on the schedule group', () => {
    synth({ every: '5m' })
      .template()
      .hasResource('AWS::Scheduler::Schedule', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^GroupSchedules')]) });
  });

  test('a payload of any JSON value', () => {
    const { template } = synth({ every: '5m', payload: { feeds: ['a', 'b'], deep: { n: 1 } } });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        Input: Match.serializedJson(
          Match.objectLike({ event: Match.objectLike({ payload: { feeds: ['a', 'b'], deep: { n: 1 } } }) }),
        ),
      },
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

describe('a date in the past, which EventBridge Scheduler refuses,', () => {
  // A Sunday.
  const start = new Date('2026-03-01T13:47:20Z');
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-03-01T13:47:20Z') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    ['1m', 'cron(* * * * ? *)'],
    ['15m', 'cron(2/15 * * * ? *)'],
    ['1h', 'cron(47 * * * ? *)'],
    ['6h', 'cron(47 1/6 * * ? *)'],
    ['1d', 'cron(47 13 * * ? *)'],
    ['1w', 'cron(47 13 ? * SUN *)'],
    ['7m', 'rate(7 minutes)'],
    ['90m', 'rate(90 minutes)'],
    ['2d', 'rate(2 days)'],
  ])('is left out as the start of %s, whose grid stays if a cron expression has it: %s', (every, expression) => {
    const { template, fn } = synth({ every, start });
    expect(fn.engine).toBe(ScheduleEngine.EVENTBRIDGE_SCHEDULER);
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: expression,
      StartDate: Match.absent(),
      State: 'ENABLED',
    });
  });

  test('is left out as the start of an expression', () => {
    const { template } = synth({ schedule: ScheduleExpression.expression('rate(5 minutes)'), start });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      StartDate: Match.absent(),
    });
  });

  test('switches the schedule off as its end', () => {
    const { template } = synth({ every: '7m', start: new Date('2026-02-01T00:00:00Z'), end: start });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      StartDate: Match.absent(),
      EndDate: Match.absent(),
      State: 'DISABLED',
    });
  });

  test('is kept a second before it is past', () => {
    const [soon, end] = [new Date('2026-03-01T13:47:21Z'), new Date('2026-03-01T13:48:00Z')];
    const { template } = synth({ every: '15m', start: soon, end });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(15 minutes)',
      StartDate: soon.toISOString(),
      EndDate: end.toISOString(),
      State: 'ENABLED',
    });
  });

  test('is part of the grid of the ticker', () => {
    const seconds = start.getTime() / 1000;
    expect(tickerPlan(synth({ every: '45s', start }).stack)).toMatchObject([{ anchor: seconds, start: seconds }]);
  });
});

describe('other intervals use the ticker', () => {
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

  test('a disabled schedule creates no ticker', () => {
    const { template, fn } = synth({ every: '45s', enabled: false });
    expect(fn.engine).toBe(ScheduleEngine.TICKER);
    template().resourceCountIs('AWS::Scheduler::Schedule', 0);
    // The function, and the one of the group that records failures.
    template().resourceCountIs('AWS::Lambda::Function', 2);
  });

  test('the plan marks an untracked function', () => {
    const { stack } = synth({ every: '30s', trackRuns: false, overlap: Overlap.allow() });
    expect(tickerPlan(stack)).toMatchObject([{ tracked: false }]);
  });
});

test('the event of EventBridge Scheduler comes without the envelope of the tracker if runs are not tracked', () => {
  const { template } = synth({ every: '5m', trackRuns: false, overlap: Overlap.allow() });
  template().hasResourceProperties('AWS::Scheduler::Schedule', {
    Target: { Input: Match.serializedJson(Match.objectLike({ source: 'katamari.schedule', schedule: 'Pull' })) },
  });
});

describe('overlap', () => {
  const environment = (props: Partial<ScheduledFunctionProps>, variables: Record<string, unknown>) =>
    synth({ every: '1m', ...props })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: variables } });

  test('by default skips scheduled runs that would overlap, and does not limit events', () => {
    environment({}, { KATAMARI_OVERLAP_LIMIT: '1', KATAMARI_OVERLAP_SCOPE: 'schedule' });
  });
  test('applies to all runs if it is set', () => {
    environment({ overlap: Overlap.skip(1) }, { KATAMARI_OVERLAP_LIMIT: '1', KATAMARI_OVERLAP_SCOPE: Match.absent() });
    environment({ overlap: Overlap.allow() }, { KATAMARI_OVERLAP_LIMIT: Match.absent(), KATAMARI_OVERLAP_SCOPE: Match.absent() });
  });
  test.each([
    [
      'code that is not bundled',
      { source: Source.code(lambda.Code.fromInline('exports.handler = async () => 1'), { handler: 'index.handler' }) },
    ],
    ['tracking switched off', { trackRuns: false }],
  ])('is allowed with a warning if runs are not tracked because of %s', (_, props) => {
    const { stack } = synth({ every: '1m', ...props });
    Annotations.fromStack(stack).hasWarning(
      '*',
      Match.stringLikeRegexp("the runs of 'Pull' are not tracked, so they may overlap"),
    );
    expect(() => synth({ every: '1m', ...props, overlap: Overlap.skip(1) })).toThrow('Overlap.skip requires run tracking');
    Annotations.fromStack(synth({ every: '1m', ...props, overlap: Overlap.allow() }).stack).hasNoWarning('*', Match.anyValue());
  });
});

test('a scheduled function in another stack than its group is rejected', () => {
  const app = new App({ context: skipBundling() });
  const group = new FunctionGroup(new Stack(app, 'One'), 'Group');
  expect(() => new ScheduledFunction(new Stack(app, 'Two'), 'Pull', { source, group, every: '1m' })).toThrow(
    'a scheduled function must be in the stack of its group, which has the role of its schedule, got: Two and One',
  );
});

describe('errors', () => {
  test('neither every nor schedule', () => {
    expect(() => synth({})).toThrow(
      new Error("a scheduled function requires either 'every' or 'schedule', got: neither (at Stack)"),
    );
  });
  test('both', () => {
    expect(() => synth({ every: '1m', schedule: ScheduleExpression.expression('rate(1 minute)') })).toThrow(
      "a scheduled function requires either 'every' or 'schedule', got: both",
    );
  });
  test('an invalid time string', () => {
    expect(() => synth({ every: 'every 5m' })).toThrow("got: 'every 5m'");
  });
  test.each(['2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.950Z'])(
    'a start that does not come a second before the end: %s',
    (end) => {
      expect(() => synth({ every: '1m', start: new Date('2030-01-01T00:00:00Z'), end: new Date(end) })).toThrow(
        `start must be at least 1 second before end, got: 2030-01-01T00:00:00.000Z and ${end}`,
      );
    },
  );
  test.each(['start', 'end'])('%s that is no date', (name) => {
    expect(() => synth({ every: '10s', [name]: new Date('junk') })).toThrow(`${name} must be a valid date, got: Invalid Date`);
  });
  test('an interval that is a token', () => {
    expect(() => synth({ every: Lazy.string({ produce: () => '1m' }) })).toThrow(
      "'every' must be known at synth, because it chooses the engine",
    );
  });
  test.each([
    [
      'a bigint',
      { id: 7n },
      'payload of \'Pull\' must be a JSON value (Do not know how to serialize a BigInt), got: {"id":"7"} (at ',
    ],
    ['a symbol', Symbol('x'), "payload of 'Pull' must be a JSON value, got: Symbol(x) (at "],
  ])('a payload with %s, with the function and the construct', (_what, payload, message) => {
    for (const every of ['5m', '10s']) expect(() => synth({ every, payload })).toThrow(message);
  });
  test('a payload that is too large for a schedule', () => {
    expect(() => synth({ every: '1m', payload: 'x'.repeat(255 * 1024 - 2) })).not.toThrow();
    expect(() => synth({ every: '1m', payload: 'x'.repeat(255 * 1024 - 1) })).toThrow(
      'payload must have at most 261120 bytes as JSON, got: 261121',
    );
  });
});

test.each([
  [{}, "requires either 'every' or 'schedule', got: neither"],
  [{ every: '5m', payload: 'x'.repeat(256 * 1024) }, 'payload must have at most 261120 bytes as JSON, got: 262146'],
  [{ every: '5m', on: ['**'] }, "event name must not contain '**', got: '**'"],
])('a refused option leaves neither a construct nor its name behind: %#', (props: Partial<ScheduledFunctionProps>, message) => {
  const { stack, group } = synth({ every: '1h' });
  const create = (more: Partial<ScheduledFunctionProps>) =>
    new ScheduledFunction(stack, 'Refused', { source, group, name: 'job', ...more });
  expect(() => create(props)).toThrow(message);
  expect(stack.node.tryFindChild('Refused')).toBeUndefined();
  expect(() => create({ every: '5m' })).not.toThrow();
});

test.each([
  ['on a schedule of EventBridge Scheduler', { every: '5m' }, 5],
  ['on a grid of the ticker', { every: '30s' }, 4],
  ['on events', { on: ['a'] }, 5],
  ['on a schedule and on events', { every: '5m', on: ['a'] }, 6],
])('a function that runs %s adds few resources', (_when, options, expected) => {
  const count = (functions: number) => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const group = new FunctionGroup(stack, 'Group');
    for (let index = 0; index < functions; index++) group.addFunction(`F${index}`, { source, ...options });
    return Object.keys(Template.fromStack(stack).toJSON().Resources).length;
  };
  expect(count(4) - count(3)).toBe(expected);
});

test('75 functions with a schedule and events fit into one stack', () => {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  const group = new FunctionGroup(stack, 'Group');
  for (let index = 0; index < 75; index++) group.addFunction(`Function${index}`, { source, every: '5m', on: ['order.*'] });
  // The CDK refuses more than 500 resources.
  expect(() => Template.fromStack(stack)).not.toThrow();
});
