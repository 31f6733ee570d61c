import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { OVERLAP_LIMIT } from '../limits/constants';
import { readable, requireIntegerBetween, ValidationError } from '../private/errors';

/** Function that an overlap is bound to. */
export interface OverlapBindOptions {
  /** Name of the function within its group. */
  readonly functionName: string;

  /** Whether the runs of the function are recorded. Skipping requires it. */
  readonly runsTracked: boolean;
}

/** Limits that an overlap sets for a function. */
export interface OverlapConfig {
  /**
   * Concurrent runs from which the run tracker records a new one as Skipped.
   *
   * @default - no run is skipped
   */
  readonly skipLimit?: number;

  /**
   * Whether `skipLimit` applies only to runs that the schedule starts. Events and direct invocations always run.
   *
   * @default false
   */
  readonly scheduledRunsOnly?: boolean;

  /**
   * Concurrent executions to reserve for the function.
   *
   * @default - none
   */
  readonly reservedConcurrency?: number;
}

/** Decides whether a run may start while earlier runs of the same function are still in progress. */
export class Overlap {
  /** Start the run in any case. */
  public static allow(): Overlap {
    return new Overlap({});
  }

  /**
   * Record the run as Skipped while `limit` runs are in progress. The limit is exact across execution environments: each run
   * takes a lease in the run table by a conditional write, and the lease of a killed run expires with the function's timeout.
   *
   * It applies to every run, whatever starts it: an event that arrives at the limit is recorded but not handled. When the run
   * table cannot be reached, the run starts and logs a warning.
   *
   * Records of queues, streams, topics and buckets would be lost, so synth refuses them. Where they arrive nevertheless, because
   * their source was attached outside of the app, the invocation fails at the limit, so that the source delivers them again.
   *
   * @param limit whole number, 1 to 100
   */
  public static skip(limit: number = 1): Overlap {
    requireIntegerBetween('overlap limit', limit, OVERLAP_LIMIT.min, OVERLAP_LIMIT.max);
    return new Overlap({ skipLimit: limit });
  }

  /**
   * Delay the run until fewer than `limit` runs are in progress, by reserved concurrency: Lambda keeps the event and retries for
   * up to 6 hours. The reservation is taken from the account's concurrent executions (1,000 by default, 10 in a new account), of
   * which 100 must stay unreserved. Synth warns about it.
   *
   * @param limit whole number, 1 to 100
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  public static queue(limit: number = 1): Overlap {
    requireIntegerBetween('overlap limit', limit, OVERLAP_LIMIT.min, OVERLAP_LIMIT.max);
    return new Overlap({ reservedConcurrency: limit });
  }

  /**
   * Default of a scheduled function: the schedule skips a run while an earlier scheduled run is in progress. Events and direct
   * invocations are not limited, because nothing would repeat them.
   *
   * @internal
   */
  public static _scheduleDefault(): Overlap {
    return new Overlap({ skipLimit: 1, scheduledRunsOnly: true });
  }

  private constructor(private readonly config: OverlapConfig) {}

  /**
   * Returns the limits for a function. Called by the function.
   *
   * @throws when runs are to be skipped, but are not tracked
   */
  public bind(scope: IConstruct, { functionName, runsTracked }: OverlapBindOptions): OverlapConfig {
    const { skipLimit, scheduledRunsOnly } = this.config;
    if (runsTracked || skipLimit === undefined) return this.config;
    if (!scheduledRunsOnly) {
      throw new ValidationError(
        `Overlap.skip requires run tracking, but the runs of '${functionName}' are not tracked; use Overlap.allow() or Overlap.queue(1), or a bundled source in a group that tracks runs`,
        scope,
      );
    }
    const name = readable(functionName);
    Annotations.of(scope).addWarningV2(
      `cdk-katamari:untrackedOverlap:${name}`,
      `the runs of '${name}' are not tracked, so they may overlap; set overlap: Overlap.allow() to accept that, or Overlap.queue(1) to prevent it`,
    );
    return {};
  }
}
