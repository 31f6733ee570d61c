import type { RunRecord } from '../../shared/run';
import { runKey, tickPlanKey, tickStateKey } from '../../shared/table/keys';
import type { TableClient } from '../../shared/table/table-client';
import { isConditionFailed } from '../../shared/table/table-errors';
import type { TickPlan } from '../../shared/tick-plan';

/** Progress of the ticker. */
interface TickState {
  /** Epoch milliseconds before which all runs have been enqueued or recorded. */
  readonly watermark?: number;
}

/** Identifies the run queue that the watermark is about. */
interface WithEpoch {
  readonly epoch?: string;
}

/** The ticker's own items in the run table. */
export class TickStore {
  /**
   * @param epoch returns what identifies the run queue. The run table outlives the ticker, so a new ticker may find the state of
   * a deleted one, whose enqueued runs are gone. By default the state is used as it is found.
   */
  public constructor(
    private readonly table: TableClient,
    private readonly epoch: () => Promise<string | undefined> = async () => undefined,
  ) {}

  /**
   * Claims the right to enqueue runs.
   *
   * @param until when the claim expires, in epoch milliseconds
   * @returns the progress so far, without a watermark for a new ticker; undefined while another tick holds the claim
   */
  public async claim(claimId: string, now: number, until: number): Promise<TickState | undefined> {
    const epoch = await this.epoch();
    try {
      const state: TickState & WithEpoch = await this.table.update({
        key: tickStateKey(),
        update: { text: 'SET claimId = :id, claimUntil = :until', values: { ':id': claimId, ':until': until } },
        condition: { text: 'attribute_not_exists(claimUntil) OR claimUntil < :now', values: { ':now': now } },
        returns: 'ALL_NEW',
      });
      return state.epoch === undefined || state.epoch === epoch ? state : {};
    } catch (error) {
      if (isConditionFailed(error)) return undefined;
      throw error;
    }
  }

  /**
   * Writes the watermark.
   *
   * @param until when the claim expires, in epoch milliseconds; undefined to release it
   * @throws ConditionalCheckFailedException when another tick holds the claim
   */
  public async commit(claimId: string, watermark: number, until?: number): Promise<void> {
    const epoch = await this.epoch();
    const ofQueue = epoch === undefined ? '' : ', epoch = :epoch';
    const claim = until === undefined ? ' REMOVE claimId, claimUntil' : ', claimUntil = :until';
    await this.table.update({
      key: tickStateKey(),
      update: {
        text: `SET watermark = :watermark${ofQueue}${claim}`,
        values: { ':watermark': watermark, ':epoch': epoch, ':until': until },
      },
      condition: { text: 'claimId = :id', values: { ':id': claimId } },
    });
  }

  public async readPlan(): Promise<TickPlan | undefined> {
    const item = await this.table.get({ key: tickPlanKey(), consistent: true });
    return item as unknown as TickPlan | undefined;
  }

  public async writePlan(plan: TickPlan): Promise<void> {
    await this.table.put({ item: { ...tickPlanKey(), ...plan } });
  }

  /** Writes the record of runs that were missed. Writing the same record twice leaves one. */
  public async recordMissed(record: RunRecord): Promise<void> {
    await this.table.put({ item: { ...runKey(record.function, record.runId), ...record } });
  }
}
