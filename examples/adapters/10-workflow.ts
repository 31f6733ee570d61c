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
 * A command of a chat that takes several modules: buy, then confirm by e-mail. The id of the order goes with every call as
 * `session_id`, so that the logs of all modules can be searched by it. An e-mail that can't be queued undoes no purchase.
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
