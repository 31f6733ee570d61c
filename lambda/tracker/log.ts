/**
 * One line of structured log, in the form that Lambda's JSON logging takes as it is. Powertools would do the same: here,
 * in every function's start, its size is not worth a line at the end of a run (see docs/dependencies.md).
 */
export function logLine(level: 'INFO' | 'ERROR', message: string, fields: Record<string, unknown>): void {
  process.stdout.write(
    `${JSON.stringify({ level, message, timestamp: new Date().toISOString(), service: 'katamari', ...fields })}\n`,
  );
}
