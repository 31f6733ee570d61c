import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { NotInvoked } from './failures';

/**
 * Refuses calls to a module that keeps failing, so that callers don't wait for it. After a while, a single call probes whether
 * the module has recovered.
 */
export class CircuitBreaker {
  private readonly policy?: CircuitBreakerPolicy;

  public constructor(
    private readonly moduleName: string,
    private readonly options?: { readonly failures: number; readonly halfOpenAfterMs: number },
    /** Whether an error is a failure of the module. */
    isFailure: (error: Error) => boolean = () => true,
  ) {
    if (!options) return;
    // A cancelled probe does not show that the module has recovered.
    const handled = handleWhen((error) => isFailure(error) || this.policy?.state === CircuitState.HalfOpen);
    this.policy = circuitBreaker(handled, {
      halfOpenAfter: options.halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(options.failures),
    });
  }

  /**
   * @param call receives whether it is the probe
   * @throws NotInvoked when the circuit is open, otherwise what the call throws
   */
  public async execute<T>(call: (probe: boolean) => Promise<T>): Promise<T> {
    const { policy } = this;
    if (!policy) return call(false);
    // cockatiel would let other calls wait for the probe.
    if (policy.state === CircuitState.HalfOpen) throw this.refusal('calls are refused while a probe is running');
    try {
      return await policy.execute(() => call(policy.state !== CircuitState.Closed));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw this.refusal(`calls are refused for ${this.options?.halfOpenAfterMs} ms`);
      throw error;
    }
  }

  private refusal(consequence: string): NotInvoked {
    const { failures } = this.options ?? {};
    return new NotInvoked(`module '${this.moduleName}' failed ${failures} times in a row; ${consequence}`);
  }
}
