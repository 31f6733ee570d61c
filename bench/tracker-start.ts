// Starts a function in a process of its own: loads a bundle and calls its handler once. Argument: the bundle.
import { lambdaContext } from '../testing/lambda-context';
import { handlerFile } from './handler-file';

const [directory = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const { handler } = require(handlerFile(directory));
  await handler({ name: 'bench' }, lambdaContext());
  console.log(JSON.stringify(performance.now()));
}

void main();
