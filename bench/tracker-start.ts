// Starts a function in a process of its own: loads a bundle and calls its handler once. Argument: the bundle.
import { join } from 'node:path';
import { lambdaContext } from '../testing/lambda-context';

const [directory = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const { handler } = require(join(directory, 'index.js'));
  await handler({ name: 'bench' }, lambdaContext());
  console.log(JSON.stringify(performance.now()));
}

void main();
