import { requireIntegerBetween } from '../private/errors';

/** When a run may start while earlier runs of the same function are still going. */
export class Overlap {
  /** Start it whatever is running. */
  public static allow(): Overlap {
    return new Overlap(undefined, undefined);
  }

  /**
   * Record it as Skipped when `limit` runs are going. Exact across execution environments: a run takes a lease in the run
   * table by conditional write, and a lease whose holder was killed expires with the function's timeout.
   *
   * It holds for whatever starts a run: an event that finds the limit reached is recorded, and not handled. When the run
   * table can't be reached the run starts all the same and says so in the log.
   *
   * @param limit whole number, 1 to 100
   */
  public static skip(limit: number = 1): Overlap {
    requireIntegerBetween('overlap limit', limit, 1, 100);
    return new Overlap(limit, undefined);
  }

  /**
   * Let it wait until one of the `limit` runs has ended, by reserved concurrency: Lambda keeps the event and tries again
   * for up to 6 hours. The reservation is taken from the account's concurrent executions (1,000 by default, 10 in a new
   * account) and 100 must stay unreserved, so synth warns of it.
   *
   * @param limit whole number, 1 to 100
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  public static queue(limit: number = 1): Overlap {
    requireIntegerBetween('overlap limit', limit, 1, 100);
    return new Overlap(undefined, limit);
  }

  /**
   * What a scheduled function has unless it says otherwise: the clock starts no run while another that it started is
   * going. Events and direct invocations are not limited, because nobody would send them again.
   *
   * @internal
   */
  public static _ofSchedule(): Overlap {
    return new Overlap(1, undefined, true);
  }

  private constructor(
    /** Most runs that go at a time before the next is skipped; none for the other two kinds. */
    public readonly skipLimit: number | undefined,
    /** Concurrent executions to reserve from the account; none for the other two kinds. */
    public readonly reservedConcurrency: number | undefined,
    /** @internal */
    public readonly _scheduleOnly: boolean = false,
  ) {}
}
