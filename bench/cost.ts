import { Interval } from 'cdk-katamari';
import { printNote, printTable } from './table';

const SECONDS_A_MONTH = 730 * 3600;
const MINUTES_A_MONTH = SECONDS_A_MONTH / 60;

/** Prices in US dollars, us-east-1, 2026, without the free tiers. */
const PRICE = {
  /** One invocation. https://aws.amazon.com/eventbridge/pricing/ (14 million a month are free) */
  scheduler: 1 / 1e6,
  /** One request. https://aws.amazon.com/sqs/pricing/ (a million a month is free) */
  sqs: 0.4 / 1e6,
  /** One request, and one GB-second on arm64. https://aws.amazon.com/lambda/pricing/ */
  lambda: 0.2 / 1e6,
  lambdaGbSecond: 0.0000133334,
  /** One unit, on demand. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  write: 0.625 / 1e6,
  read: 0.125 / 1e6,
};

/** Memory of the ticker's two functions, in GB. */
const TICKER_GB = 0.25;
/** Lambda's pollers of an idle queue wait 20 seconds each, and there are five. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const IDLE_POLLS_A_MONTH = (5 * SECONDS_A_MONTH) / 20;
/** Assumed durations of a warm tick and a dispatch, in seconds; a dispatch waits up to a second for its moment. */
const TICK_SECONDS = 0.1;
const DISPATCH_SECONDS = 0.5;

/** A schedule and its monthly cost in US dollars, without the handler. */
interface MonthlyCost {
  readonly every: string;
  readonly engine: 'EventBridge Scheduler' | 'ticker';
  readonly runs: number;
  /** Cost of starting the runs. */
  readonly starts: number;
  /** Cost of recording the runs, with Overlap.allow. */
  readonly records: number;
  /** Cost of recording the runs, with Overlap.skip. */
  readonly leasedRecords: number;
}

/** Monthly cost of a group with a ticker, without runs. */
export function tickerBaseCost(): number {
  // A tick reads its plan, and writes its claim and its watermark.
  const tick = PRICE.scheduler + PRICE.lambda + TICK_SECONDS * TICKER_GB * PRICE.lambdaGbSecond + 2 * PRICE.write + PRICE.read;
  return MINUTES_A_MONTH * tick + IDLE_POLLS_A_MONTH * PRICE.sqs;
}

export function monthlyCosts(): MonthlyCost[] {
  // A message is sent, received and deleted on its own. Batches cost less.
  const dispatched = 3 * PRICE.sqs + PRICE.lambda + DISPATCH_SECONDS * TICKER_GB * PRICE.lambdaGbSecond;
  // Two writes, each of the table and of its index.
  const recorded = 2 * 2 * PRICE.write;
  // Transactions write the record and the lease, at two units an item. The index takes plain writes.
  const leased = 2 * (2 * 2 + 1) * PRICE.write + 2 * PRICE.read;
  return ['1h', '5m', '1m', '90s', '30s', '10s', '1s'].map((every) => {
    const { seconds } = Interval.parse(every);
    const runs = SECONDS_A_MONTH / seconds;
    const whole = seconds % 60 === 0;
    return {
      every,
      engine: whole ? 'EventBridge Scheduler' : 'ticker',
      runs,
      starts: runs * (whole ? PRICE.scheduler : dispatched),
      records: runs * recorded,
      leasedRecords: runs * leased,
    };
  });
}

/** Prints the monthly cost of each engine. */
export async function benchCost(): Promise<void> {
  printTable(
    'cost: a month, in US dollars',
    ['', 'engine', 'runs', 'engine', 'record, Overlap.allow', 'record, Overlap.skip'],
    monthlyCosts().map(({ every, engine, runs, starts, records, leasedRecords }) => [
      `every '${every}'`,
      engine,
      Math.round(runs).toLocaleString('en'),
      ...[starts, records, leasedRecords].map(dollars),
    ]),
  );
  printNote(`a group with a ticker costs ${dollars(tickerBaseCost())} more, however many schedules it serves`);
  printNote('computed from the prices and assumptions in bench/cost.ts; free tiers and the handlers themselves are left out');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
