import { type ExecuteRequest, LambdaAdapter, type RemainingTime } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const shop = LambdaAdapter.fromEnvironment('shop');
const email = LambdaAdapter.fromEnvironment('mail');

interface Order {
  readonly id: string;
  readonly item: string;
  readonly user: string;
}

/**
 * Handles a chat command with several modules: buys an item, then confirms by e-mail. Every call has the id of the order as its
 * `session_id`, so that you can search the logs of all modules for it. A purchase stays valid when its e-mail can't be queued.
 */
export async function handler({ id, item, user }: Order, context: RemainingTime) {
  const common: Partial<ExecuteRequest> = { session_id: id, user_id: user };
  const bought = await shop.execute(requestOf('buy', [item], common), { context });
  if (!bought.success) {
    const busy = !(await shop.isHealthy());
    return { reply: busy ? 'The shop is closed at the moment.' : `That did not work: ${bought.error}`, confirmed: false };
  }
  const confirmation = await email.execute(requestOf('send', ['receipt', item], common), { context });
  return { reply: bought.message, confirmed: confirmation.success, show: bought.targets };
}
