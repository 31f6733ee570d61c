import { InvalidArgumentError } from 'commander';
import { RUN_STATES } from './commands/runs';

export function parsePort(text: string): number {
  return parseInteger(text, 1, 65_535, 'a port');
}

export function parseLimit(text: string): number {
  return parseInteger(text, 1, 10_000, 'a limit');
}

/** Versions of a layer to keep. */
export function parseKeep(text: string): number {
  return parseInteger(text, 0, 1_000, 'the number of versions to keep');
}

/** Seconds of a wait. */
export function parseTimeout(text: string): number {
  return parseInteger(text, 1, 3_600, 'a timeout in seconds');
}

/** A state in any case of letters. */
export function parseState(text: string): string {
  const state = RUN_STATES.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (!state) throw new InvalidArgumentError(`a state is one of ${RUN_STATES.join(', ')}, got: '${text}'`);
  return state;
}

function parseInteger(text: string, from: number, to: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(`${what} must be a whole number from ${from} to ${to}, got: '${text}'`);
  }
  return value;
}
