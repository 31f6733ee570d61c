import type { RunRecord, RunState } from '../../client';
import type { Colors } from './output';

/** Formats a time span: `12 ms`, `1.4 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Units of an age, in milliseconds, largest first. */
export const AGE_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Formats an age in its largest unit, as `--since` takes it: `90s`, `10m`, `2h`, `1d`. */
export function formatAge(milliseconds: number): string {
  const [unit, size] = AGE_UNITS.find(([, each]) => milliseconds % each === 0) ?? ['s', 1_000];
  return `${milliseconds / size}${unit}`;
}

/** Formats the local time of day, with the date unless it is today. */
export function formatTime(time: string | number | undefined, now: number = Date.now()): string {
  if (time === undefined) return '';
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** Colours a text by a run state. */
export function colorState(state: RunState, text: string, colors: Colors): string {
  const paint = {
    Pending: colors.dim,
    Running: colors.cyan,
    Completed: colors.green,
    Failed: colors.red,
    Skipped: colors.yellow,
  }[state];
  return paint(text);
}

/** Describes what started a run: `schedule 12:00:10`, `event order.created`, `invoke`. */
export function describeTrigger(run: RunRecord, now?: number): string {
  if (run.trigger === 'schedule') return `schedule ${formatTime(run.scheduledTime, now)}`.trim();
  if (run.trigger === 'event') return `event ${run.eventName ?? ''}`.trim();
  return run.trigger;
}

/** `Type: message` of a failed run, or null. */
export function describeError(run: Pick<RunRecord, 'errorType' | 'errorMessage'>): string | null {
  const parts = [run.errorType, run.errorMessage].filter((part) => part !== undefined && part !== '');
  return parts.length > 0 ? parts.join(': ') : null;
}

/** One column of a table. */
interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
}

/** Cuts a text to a number of columns, never within a character. */
export function cut(text: string, columns: number): string {
  if (text.length <= columns) return text;
  return `${text.slice(0, columns - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * Formats rows as a table.
 *
 * @param width columns of the terminal; the last column is cut to fit
 */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number, colors: Colors): string[] {
  const texts = rows.map((row) => columns.map((column) => column.text(row).replaceAll(/\s+/g, ' ')));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...texts.map((cells) => cells[index]?.length ?? 0)),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + 2, 0);
  const room = Math.max(20, width - before);
  const cell = (text: string, index: number) => {
    if (index < last) return text.padEnd(widths[index] ?? 0);
    return cut(text, room);
  };
  const header = columns.map(({ title }, index) => colors.dim(cell(title, index)));
  const lines = rows.map((row, rowIndex) =>
    columns.map(({ paint }, index) => {
      const text = cell(texts[rowIndex]?.[index] ?? '', index);
      return paint ? paint(text, row) : text;
    }),
  );
  return [header, ...lines].map((cells) => cells.join('  ').trimEnd());
}

/** Formats a number of bytes: `512 B`, `1.4 KB`, `12 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // Rounded, so that 1023.9 KB becomes 1 MB and not 1024 KB.
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit === 0 || value >= 99.95 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, '');
  return `${text} ${units[unit]}`;
}

/** Formats names and values, one pair a line. Names without a value are left out. */
export function formatFields(fields: readonly (readonly [name: string, value: string | undefined])[], colors: Colors): string[] {
  const shown = fields.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const]));
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`);
}
