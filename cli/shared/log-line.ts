import { formatTime } from './format';
import type { Colors } from './output';

/** The writer of a log line: the handler, the run tracker of this library, or Lambda itself. */
type LogOrigin = 'handler' | 'tracker' | 'platform';

/** A parsed line of a function's log. */
export interface LogLine {
  readonly function: string;
  /** Path of the function's group. */
  readonly group?: string;
  /** Name that tells the function from the others. @default - `function` */
  readonly label?: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly origin: LogOrigin;
  /** Such as `INFO`; undefined for a line without a level. */
  readonly level?: string;
  readonly text: string;
  /** Whether the run tracker reports a state, which the record of the run has as well. */
  readonly ofState?: boolean;
}

const PLATFORM = /^(?:START|END|REPORT|INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT|XRAY) /;
/** A frame of this library in the stack trace of a handler. */
const TRACKER_FRAME = /^\s+at .*katamari-(?:tracker|handler)\.m?js:/;
/** `2026-01-01T00:00:00.000Z<tab>request id<tab>INFO<tab>text`: the text format of the Node.js runtime. */
const TEXT_FORMAT = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t\S+\t([A-Z]+)\t([\s\S]*)$/;
/** `[INFO]<tab>2026-01-01T00:00:00.000Z<tab>request id<tab>text`: the text format of the Python runtime. */
const PYTHON_FORMAT = /^\[([A-Z]+)\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t\S*\t([\s\S]*)$/;
/** Names of levels in Python, and those that this command uses. */
const PYTHON_LEVELS = new Map([
  ['WARNING', 'WARN'],
  ['CRITICAL', 'FATAL'],
]);
/** Fields of a record that are not part of its message. */
const ENVELOPE = new Set([
  'timestamp',
  'level',
  'message',
  'requestId',
  'service',
  'function_name',
  'function_arn',
  'function_memory_size',
  'function_request_id',
  'cold_start',
  'sampling_rate',
  'xray_trace_id',
  'tenantId',
]);

/** Parses a line: JSON as Lambda, Powertools or the run tracker write it, or text. */
export function parseLogLine(functionName: string, timestamp: number, message: string): LogLine {
  const raw = shortenPaths(message.trimEnd());
  const line = { function: functionName, timestamp };
  const record = parseRecord(raw);
  if (!record) {
    const [, level, text] = TEXT_FORMAT.exec(raw) ?? PYTHON_FORMAT.exec(raw) ?? [];
    if (level !== undefined && text !== undefined) return { ...line, origin: 'handler', level: levelOf(level), text };
    return { ...line, origin: PLATFORM.test(raw) || TRACKER_FRAME.test(raw) ? 'platform' : 'handler', text: raw };
  }
  if (typeof record.type === 'string' && record.type.startsWith('platform.')) {
    return { ...line, origin: 'platform', text: record.type };
  }
  const level = typeof record.level === 'string' ? levelOf(record.level.toUpperCase()) : undefined;
  if (record.service === 'katamari' && 'runId' in record) {
    const reason = record.errorType ? `: ${record.errorType}: ${record.errorMessage}` : '';
    return { ...line, origin: 'tracker', level, text: `${record.message}${reason}`, ofState: 'state' in record };
  }
  return { ...line, origin: 'handler', level, text: describeRecord(record) };
}

/** Formats a line for a terminal: time, function, text. */
export function formatLogLine(line: LogLine, nameWidth: number, colors: Colors): string {
  const head = `${colors.dim(formatTime(line.timestamp))} ${colors.bold((line.label ?? line.function).padEnd(nameWidth))}`;
  if (line.origin === 'platform' || line.ofState) return `${head} ${colors.dim(line.text)}`;
  if (line.level === 'ERROR' || line.level === 'FATAL') return `${head} ${colors.red(line.text)}`;
  if (line.level === 'WARN') return `${head} ${colors.yellow(line.text)}`;
  // Dim stack frames.
  return `${head} ${/^\s+at /.test(line.text) ? colors.dim(line.text) : line.text}`;
}

function levelOf(name: string): string {
  return PYTHON_LEVELS.get(name) ?? name;
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function describeRecord(record: Record<string, unknown>): string {
  const { message, errorType, errorMessage, stackTrace } = record;
  if (message === undefined && errorMessage !== undefined) {
    const frames = Array.isArray(stackTrace) ? stackTrace.slice(1).map((frame) => `\n${frame}`) : [];
    return `${errorType}: ${errorMessage}${frames.join('')}`;
  }
  const others = Object.entries(record).filter(([name]) => !ENVELOPE.has(name));
  const text = typeof message === 'string' || message === undefined ? (message ?? '') : JSON.stringify(message);
  return [text, ...others.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].filter((part) => part !== '').join(' ');
}

/** Removes the temporary folder into which MiniStack unpacks a function's code from the paths in a line. */
function shortenPaths(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?\/[^\s()]*\/ministack-lambda-[^/\s]+\/code\//g, '');
}
