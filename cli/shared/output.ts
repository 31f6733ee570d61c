import picocolors from 'picocolors';
import { writeJson as toJson } from '../../lambda/shared/json/write-json';

/** Functions that colour a text, or return it unchanged when colours are off. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes its result. */
export interface Output {
  line(text: string): void;
  readonly colors: Colors;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Standard output. Lines have colours, and fit the width, only on a terminal. */
export function standardOutput(): Output {
  return {
    line: (text) => process.stdout.write(`${text}\n`),
    colors: picocolors,
    width: process.stdout.columns || (process.stdout.isTTY ? 100 : Number.POSITIVE_INFINITY),
  };
}

/** Writes a value as indented JSON. A bigint has all its digits. */
export function writeJson(output: Output, value: unknown): void {
  output.line(toJson(value, 2) ?? 'null');
}

/** Writes a message for the person to standard error: standard output has only results. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
