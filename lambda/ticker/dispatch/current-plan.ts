import type { Logger } from '@aws-lambda-powertools/logger';
import type { RunMessage } from '../../../lib/ticker/constants';
import { tickPlanKey } from '../../shared/table/keys';
import type { TableReader } from '../../shared/table/table-reader';
import type { TickPlan } from '../../shared/tick-plan';

/** How long a plan that was read is used, in milliseconds. */
const KEEP_MS = 10_000;

interface CurrentPlanDependencies {
  /** The run table. */
  readonly table: Pick<TableReader, 'get'>;
  readonly logger: Pick<Logger, 'error'>;
  readonly now: () => number;
}

/** The plan of the last tick. A message may be older: it says what held when its run was enqueued. */
export class CurrentPlan {
  private last?: { readonly at: number; readonly plan: Promise<TickPlan | undefined> };

  public constructor(private readonly dependencies: CurrentPlanDependencies) {}

  /**
   * Finds the function of a run: a deployment may have replaced it since the run was enqueued.
   *
   * @returns undefined when the schedule of the run has ended, so that the run must not start
   */
  public async functionArnOf(message: RunMessage): Promise<string | undefined> {
    const plan = await this.read();
    const schedule = plan?.schedules.find((candidate) => candidate.function === message.function);
    if (schedule) return schedule.functionArn;
    const ended = plan?.ended.find((candidate) => candidate.function === message.function);
    return ended && Date.parse(message.scheduledTime) < ended.until ? undefined : message.functionArn;
  }

  private read(): Promise<TickPlan | undefined> {
    const now = this.dependencies.now();
    if (!this.last || now - this.last.at >= KEEP_MS) this.last = { at: now, plan: this.readTable() };
    return this.last.plan;
  }

  /** A run starts as its message says if the plan cannot be read. */
  private async readTable(): Promise<TickPlan | undefined> {
    try {
      return (await this.dependencies.table.get({ key: tickPlanKey() })) as TickPlan | undefined;
    } catch (error) {
      this.dependencies.logger.error('plan of the ticker could not be read', { error: error as Error });
      return undefined;
    }
  }
}
