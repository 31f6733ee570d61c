// Makes sequential calls, with the SDK alone and with the adapter, in one process. Arguments: URL of Lambda, calls of each.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { LambdaAdapter } from 'cdk-katamari/runtime';
import { REQUEST } from './adapter-request';

const WARM_UP_CALLS = 500;

/** Durations of the calls with the SDK and with the adapter, in milliseconds. */
export type OverheadTimes = Readonly<Record<string, number[]>>;

const [endpoint, calls] = process.argv.slice(2);

/** The call as you would write it by hand. */
function bySdk(client: LambdaClient): () => Promise<unknown> {
  return async () => {
    const Payload = Buffer.from(JSON.stringify(REQUEST));
    const output = await client.send(new InvokeCommand({ FunctionName: 'members', Payload }));
    return JSON.parse(Buffer.from(output.Payload ?? []).toString('utf8'));
  };
}

async function main(): Promise<void> {
  const adapter = new LambdaAdapter({ functionName: 'members', moduleName: 'members', endpoint });
  const makers: Readonly<Record<string, () => Promise<unknown>>> = {
    sdk: bySdk(new LambdaClient({ endpoint })),
    cachedSdk: bySdk(new LambdaClient({ endpoint, cacheMiddleware: true })),
    adapter: () => adapter.execute(REQUEST),
  };
  const names = Object.keys(makers);
  const times: OverheadTimes = Object.fromEntries(names.map((name) => [name, []]));
  for (let call = -WARM_UP_CALLS; call < Number(calls); call++) {
    // Takes turns with the first call: garbage of a call slows the next one.
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + call + WARM_UP_CALLS) % names.length] as string;
      const start = performance.now();
      await makers[name]?.();
      if (call >= 0) times[name]?.push(performance.now() - start);
    }
  }
  console.log(JSON.stringify(times));
  process.exit();
}

void main();
