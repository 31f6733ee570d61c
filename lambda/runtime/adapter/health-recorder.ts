import { CONSECUTIVE_FAILURES_METRIC, MODULE_DIMENSION } from '../../../lib/invoker/constants';
import { withDeadline } from '../../shared/deadline';
import { counted, type HealthCounts, NO_CALLS, toModuleHealth } from './health';
import type { SharedHealth } from './shared-health';
import type { ModuleHealth, RemainingTime } from './types';

/** Remaining time of the caller that recording never uses, in milliseconds. */
const RESERVED_MS = 100;

/** Records the health of a module: in memory, in the health table if there is one, and as a metric if it has a namespace. */
export class HealthRecorder {
  private local: HealthCounts = NO_CALLS;

  public constructor(
    private readonly moduleName: string,
    private readonly shared?: SharedHealth,
    private readonly namespace?: string,
  ) {}

  /** Counts a call, and waits until it is in the table, because Lambda may freeze the process after the handler returns. */
  public async record(success: boolean, context?: RemainingTime): Promise<void> {
    const at = new Date().toISOString();
    const endsRow = success && this.local.consecutiveFailures > 0;
    this.local = counted(this.local, success, at);
    const row = (await this.share(success, at, context)) ?? this.local;
    if (this.namespace && (!success || endsRow)) this.report(this.namespace, row.consecutiveFailures);
  }

  /** Reads the health from the table; without a table, or when it does not respond, from this process. */
  public async read(): Promise<ModuleHealth> {
    try {
      return toModuleHealth((await this.shared?.read()) ?? this.local);
    } catch (error) {
      this.warn('could not read the health of the module', error);
      return toModuleHealth(this.local);
    }
  }

  private async share(success: boolean, at: string, context?: RemainingTime): Promise<HealthCounts | undefined> {
    if (!this.shared) return undefined;
    const written = this.shared.record(success, at);
    try {
      if (!context) return await written;
      const ms = Math.max(0, context.getRemainingTimeInMillis() - RESERVED_MS);
      return await withDeadline(ms, 'the health table', () => written);
    } catch (error) {
      // A failed record must not change the response of the call.
      this.warn('could not record the health of the module', error);
      return undefined;
    }
  }

  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  private report(namespace: string, consecutiveFailures: number): void {
    const metric = { Name: CONSECUTIVE_FAILURES_METRIC, Unit: 'Count' };
    logLine({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[MODULE_DIMENSION]], Metrics: [metric] }],
      },
      [MODULE_DIMENSION]: this.moduleName,
      [CONSECUTIVE_FAILURES_METRIC]: consecutiveFailures,
    });
  }

  private warn(message: string, error: unknown): void {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    logLine({
      level: 'WARN',
      message,
      timestamp: new Date().toISOString(),
      service: 'katamari',
      module: this.moduleName,
      reason,
    });
  }
}

/** Writes a line that Lambda's JSON logging passes on unchanged. */
function logLine(fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
