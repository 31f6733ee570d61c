import { InvalidArgumentError } from 'commander';
import type { RunState } from '../client';
import { AGE_UNITS } from './shared/format';

export const RUN_STATES: readonly RunState[] = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'];

/** States of a function in Lambda. */
export const FUNCTION_STATES = ['Pending', 'Active', 'Inactive', 'Failed'];

export function parsePort(text: string): number {
  return parseInteger(text, 1, 65_535, 'port');
}

export function parseLimit(text: string): number {
  return parseInteger(text, 1, 10_000, 'limit');
}

/** Parses a number of layer versions. */
export function parseKeep(text: string): number {
  return parseInteger(text, 0, 1_000, 'number of versions to keep');
}

/** Parses a timeout in seconds. */
export function parseTimeout(text: string): number {
  return parseInteger(text, 1, 3_600, 'timeout in seconds');
}

/** Parses the time between two attempts, in seconds. */
export function parseInterval(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.1 && seconds <= 300) return seconds;
  throw new InvalidArgumentError(`interval in seconds must be a number between 0.1 and 300, got: '${text}'`);
}

export function parseAttempts(text: string): number {
  return parseInteger(text, 1, 10_000, 'number of attempts');
}

/** Parses a run state, in upper or lower case. */
export function parseState(text: string): RunState {
  const state = RUN_STATES.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (!state) throw new InvalidArgumentError(`state must be one of ${RUN_STATES.join(', ')}, got: '${text}'`);
  return state;
}

/**
 * Parses an age such as `90s`, `10m`, `2h` or `1d`.
 *
 * @returns milliseconds
 */
export function parseAge(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([a-z])$/.exec(text) ?? [];
  const milliseconds = Number(count) * (AGE_UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN);
  if (!(milliseconds > 0)) {
    throw new InvalidArgumentError(`age must be a whole number followed by s, m, h or d, such as 10m, got: '${text}'`);
  }
  return milliseconds;
}

/** Parses a time in ISO 8601, as `--json` shows it. */
export function parseTime(text: string): Date {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError(`time must be in ISO 8601, such as 2026-03-01T10:00:00Z, got: '${text}'`);
  }
  return time;
}

/** Parses an origin, and adds it to those before it. */
export function parseOrigin(text: string, previous: readonly string[] = []): readonly string[] {
  if (!URL.canParse(text) || new URL(text).origin !== text) {
    throw new InvalidArgumentError(`origin must be a scheme and a host, such as https://example.com, got: '${text}'`);
  }
  return [...previous, text];
}

function parseInteger(text: string, from: number, to: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(`${what} must be a whole number between ${from} and ${to}, got: '${text}'`);
  }
  return value;
}
