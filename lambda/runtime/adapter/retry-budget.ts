import { FIRST_TRY_REFUND, RETRY_BUDGET_TOKENS, RETRY_COST, TIMEOUT_RETRY_COST } from '../../../lib/invoker/constants';

/** Limits the retries of all calls of an adapter together, because retries add load to a module that is down. */
export class RetryBudget {
  private tokens = RETRY_BUDGET_TOKENS;

  /** Takes the tokens for a retry. @returns their number, or undefined when too few are left */
  public take(afterTimeout: boolean): number | undefined {
    const cost = afterTimeout ? TIMEOUT_RETRY_COST : RETRY_COST;
    if (cost > this.tokens) return undefined;
    this.tokens -= cost;
    return cost;
  }

  /** Returns tokens after a success. @param cost tokens that the last retry took; undefined when there was no retry */
  public giveBack(cost: number | undefined): void {
    this.tokens = Math.min(RETRY_BUDGET_TOKENS, this.tokens + (cost ?? FIRST_TRY_REFUND));
  }
}
