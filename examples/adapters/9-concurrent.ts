import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('reports');

/** Calls a module with several concurrent requests over one adapter. The responses are in the order of the requests. */
export async function handler({ datasets }: { datasets: string[] }) {
  const requests = datasets.map((dataset, index) => requestOf('summarize', [dataset], { session_id: `session_${index}` }));
  const responses = await Promise.all(requests.map((request) => adapter.execute(request)));
  return {
    messages: responses.map(({ message }) => message),
    succeeded: responses.filter(({ success }) => success).length,
  };
}
