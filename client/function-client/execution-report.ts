/** Duration and memory of an invocation, from Lambda's REPORT line. */
export interface ExecutionReport {
  /** Duration of the handler, in milliseconds. */
  readonly durationMs: number;
  /** Billed duration, in milliseconds. */
  readonly billedDurationMs?: number;
  /** Duration of the cold start, in milliseconds; undefined for a warm start. */
  readonly initDurationMs?: number;
  /** Memory of the function, in MiB. */
  readonly memorySize?: number;
  /** Maximum memory used, in MiB. */
  readonly maxMemoryUsed?: number;
}

/** Finds the last report in a log of either log format. */
export function executionReportOf(logs: string): ExecutionReport | undefined {
  for (const line of logs.split('\n').reverse()) {
    const report = line.startsWith('REPORT RequestId: ') ? parseText(line) : line.startsWith('{') ? parseJson(line) : undefined;
    if (report) return report;
  }
  return undefined;
}

/** `REPORT RequestId: …	Duration: 1.5 ms	Billed Duration: 2 ms	…` */
function parseText(line: string): ExecutionReport | undefined {
  const fields = new Map(
    line.split('\t').map((field) => {
      const [name = '', value = ''] = field.split(': ');
      return [name.trim(), Number.parseFloat(value)];
    }),
  );
  return reportOf((name) => fields.get(name), ['Duration', 'Billed Duration', 'Init Duration', 'Memory Size', 'Max Memory Used']);
}

/** `{"type":"platform.report","record":{"metrics":{"durationMs":1.5,…}}}` */
function parseJson(line: string): ExecutionReport | undefined {
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
    // A line of the function itself, or a line cut at the limit of 4 KB.
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
