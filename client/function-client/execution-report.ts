/** What an invocation took: Lambda's REPORT line. */
export interface ExecutionReport {
  /** Milliseconds that the handler ran. */
  readonly durationMs: number;
  /** Milliseconds that are paid for. */
  readonly billedDurationMs?: number;
  /** Milliseconds of a cold start; undefined in a warm one. */
  readonly initDurationMs?: number;
  /** Memory of the function, in MiB. */
  readonly memorySize?: number;
  /** Most memory that was used, in MiB. */
  readonly maxMemoryUsed?: number;
}

/** Finds the report in the end of a log, of either log format. Of several, the last counts. */
export function executionReportOf(logs: string): ExecutionReport | undefined {
  for (const line of logs.split('\n').reverse()) {
    const report = line.startsWith('REPORT RequestId: ') ? ofText(line) : line.startsWith('{') ? ofJson(line) : undefined;
    if (report) return report;
  }
  return undefined;
}

/** `REPORT RequestId: …	Duration: 1.5 ms	Billed Duration: 2 ms	…` */
function ofText(line: string): ExecutionReport | undefined {
  const fields = new Map(
    line.split('\t').map((field) => {
      const [name = '', value = ''] = field.split(': ');
      return [name.trim(), Number.parseFloat(value)];
    }),
  );
  return reportOf((name) => fields.get(name), ['Duration', 'Billed Duration', 'Init Duration', 'Memory Size', 'Max Memory Used']);
}

/** `{"type":"platform.report","record":{"metrics":{"durationMs":1.5,…}}}` */
function ofJson(line: string): ExecutionReport | undefined {
  if (!line.includes('platform.report')) return undefined;
  try {
    const { type, record } = JSON.parse(line) as { type?: unknown; record?: { metrics?: Record<string, unknown> } };
    if (type !== 'platform.report') return undefined;
    const metrics = new Map(Object.entries(record?.metrics ?? {}));
    return reportOf(
      (name) => metrics.get(name),
      ['durationMs', 'billedDurationMs', 'initDurationMs', 'memorySizeMB', 'maxMemoryUsedMB'],
    );
  } catch {
    // A line of the function's own, or one that the limit of 4 KB has cut.
    return undefined;
  }
}

function reportOf(get: (name: string) => unknown, names: readonly [string, string, string, string, string]) {
  const [durationMs, billedDurationMs, initDurationMs, memorySize, maxMemoryUsed] = names.map((name) => {
    const value = get(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  });
  if (durationMs === undefined) return undefined;
  return { durationMs, billedDurationMs, initDurationMs, memorySize, maxMemoryUsed };
}
