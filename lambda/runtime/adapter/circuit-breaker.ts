import { NotInvoked } from './failures';

/** The permission to make one call. */
export interface Permit {
  /** Whether the call tests a module that has failed. */
  readonly probe: boolean;
}

/**
 * Refuses calls to a module that keeps failing, so that callers don't wait for it. After a while, a single call probes whether
 * the module has recovered.
 */
export class CircuitBreaker {
  private failures = 0;
  private openedAt?: number;
  private probing = false;

  /** @param now a monotonic clock in milliseconds: the wall clock may be set back, and the circuit would stay open */
  public constructor(
    private readonly moduleName: string,
    private readonly options: { readonly failures: number; readonly halfOpenAfterMs: number },
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Asks for the permission to make a call. Pass it to `leave` after the call. @throws NotInvoked when the circuit is open */
  public enter(): Permit {
    if (this.openedAt === undefined) return { probe: false };
    if (this.probing) throw this.refusal('calls are refused while a probe is running');
    const { halfOpenAfterMs } = this.options;
    if (this.now() - this.openedAt < halfOpenAfterMs) throw this.refusal(`calls are refused for ${halfOpenAfterMs} ms`);
    this.probing = true;
    return { probe: true };
  }

  /** Reports the end of a call. @param success undefined if the call says nothing about the module, such as a cancelled one */
  public leave({ probe }: Permit, success: boolean | undefined): void {
    if (probe) {
      this.probing = false;
      // A probe without a result has not shown that the module works.
      this.openedAt = success ? undefined : this.now();
      if (success) this.failures = 0;
      return;
    }
    // A call from before the circuit opened does not close it.
    if (this.openedAt !== undefined || success === undefined) return;
    this.failures = success ? 0 : this.failures + 1;
    if (this.failures >= this.options.failures) this.openedAt = this.now();
  }

  private refusal(consequence: string): NotInvoked {
    return new NotInvoked(`module '${this.moduleName}' failed ${this.options.failures} times in a row; ${consequence}`);
  }
}
