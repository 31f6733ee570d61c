import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('mail');

/** Hands a request to a module and does not wait: the stack says InvocationType.EVENT of it. */
export function handler() {
  return adapter.execute(requestOf('send', ['welcome'], { session_id: 'session_queued' }));
}
