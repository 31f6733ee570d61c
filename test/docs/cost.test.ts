import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monthlyCosts, tickerBaseCost } from '../../bench/cost';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'schedules.md'), 'utf8');

test.each(monthlyCosts())(
  "the page has the price of every '$every'",
  ({ every, engine, runs, starts, records, leasedRecords }) => {
    const amounts = [starts, records, leasedRecords].map((amount) => amount.toFixed(2));
    expect(page).toContain(`| \`every: '${every}'\` | ${engine} | ${runs.toLocaleString('en')} | ${amounts.join(' | ')} |`);
  },
);

test('the page has the price of a ticker', () => {
  expect(page).toContain(`A group with a ticker costs ${tickerBaseCost().toFixed(2)} more`);
});
