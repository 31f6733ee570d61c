import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('mail');

/** Queues a request for a module and does not wait, since the stack sets InvocationType.EVENT for the module. */
export function handler() {
  return adapter.execute(requestOf('send', ['welcome'], { session_id: 'session_queued' }));
}
