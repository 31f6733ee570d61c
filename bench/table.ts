/** Prints a table with the first column aligned to the left, and the others to the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length), cell.length));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))
      .join('   ');
  console.log(`\n${title}\n`);
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(`  ${line(row).trimEnd()}`);
}

/** Prints a line below a table that explains it. */
export function printNote(text: string): void {
  console.log(`  ${text}`);
}

export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (Math.abs(ms) < 0.1) return `${(ms * 1000).toFixed(1)} µs`;
  return `${ms.toFixed(Math.abs(ms) < 10 ? 2 : 0)} ms`;
}

export function formatBytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

export function formatMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}

/** Formats how many times faster or smaller ours is than the peer. */
export function formatRatio(peer: number, ours: number): string {
  const ratio = peer / ours;
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
}
