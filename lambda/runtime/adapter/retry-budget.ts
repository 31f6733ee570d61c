import { FIRST_TRY_REFUND, RETRY_BUDGET_TOKENS, RETRY_COST, TIMEOUT_RETRY_COST } from '../../../lib/invoker/constants';

/** Bounds the retries of all calls of an adapter together: while a module is down, they would only add to its load. */
export class RetryBudget {
  private tokens = RETRY_BUDGET_TOKENS;

  /** Takes what a retry costs. @returns it, or undefined where too little is left */
  public take(afterTimeout: boolean): number | undefined {
    const cost = afterTimeout ? TIMEOUT_RETRY_COST : RETRY_COST;
    if (cost > this.tokens) return undefined;
    this.tokens -= cost;
    return cost;
  }

  /** After a success. @param cost what its last retry took; undefined where there was none */
  public giveBack(cost: number | undefined): void {
    this.tokens = Math.min(RETRY_BUDGET_TOKENS, this.tokens + (cost ?? FIRST_TRY_REFUND));
  }
}
