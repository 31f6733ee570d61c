/**
 * Writes a structured log line in the format of Lambda's JSON logging. Powertools does the same, but its size would slow
 * down the start of every function (see docs/dependencies.md).
 */
export function logLine(level: 'INFO' | 'ERROR', message: string, fields: Record<string, unknown>): void {
  process.stdout.write(
    `${JSON.stringify({ level, message, timestamp: new Date().toISOString(), service: 'katamari', ...fields })}\n`,
  );
}
