import { CONSECUTIVE_FAILURES_METRIC, MODULE_DIMENSION } from '../../../lib/invoker/constants';
import { counted, type HealthCounts, NO_CALLS, toModuleHealth } from './health';
import type { SharedHealth } from './shared-health';
import type { ModuleHealth, RemainingTime } from './types';

/** Milliseconds of the caller's remaining time that no record takes. */
const LEFT_ALONE_MS = 100;

/** Keeps how a module does: here, in the table where there is one, and as a metric where that is wanted. */
export class HealthRecorder {
  private local: HealthCounts = NO_CALLS;

  public constructor(
    private readonly moduleName: string,
    private readonly shared?: SharedHealth,
    private readonly namespace?: string,
  ) {}

  /** Counts a call, and waits until the table knows of it: Lambda may freeze the process once the handler has returned. */
  public async record(success: boolean, context?: RemainingTime): Promise<void> {
    const at = new Date().toISOString();
    const endsRow = success && this.local.consecutiveFailures > 0;
    this.local = counted(this.local, success, at);
    const row = (await this.share(success, at, context)) ?? this.local;
    if (this.namespace && (!success || endsRow)) this.report(this.namespace, row.consecutiveFailures);
  }

  /** As the table says; where there is none, or it does not answer, as this process has seen it. */
  public async read(): Promise<ModuleHealth> {
    try {
      return toModuleHealth((await this.shared?.read()) ?? this.local);
    } catch (error) {
      this.warn('the health of the module was not read', error);
      return toModuleHealth(this.local);
    }
  }

  private async share(success: boolean, at: string, context?: RemainingTime): Promise<HealthCounts | undefined> {
    if (!this.shared) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const written = this.shared.record(success, at);
    try {
      if (!context) return await written;
      const ms = Math.max(0, context.getRemainingTimeInMillis() - LEFT_ALONE_MS);
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`the caller had ${ms} ms left for it`)), ms);
      });
      return await Promise.race([written, late]);
    } catch (error) {
      // The call has its answer, whatever becomes of its record.
      this.warn('the health of the module was not recorded', error);
      return undefined;
    } finally {
      clearTimeout(timer);
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

/** In the form that Lambda's JSON logging takes as it is. */
function logLine(fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
