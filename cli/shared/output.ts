import picocolors from 'picocolors';

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes what it was asked for. */
export interface Output {
  line(text: string): void;
  readonly colors: Colors;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Standard output: in colour and cut to its width where it is a terminal. */
export function standardOutput(): Output {
  return {
    line: (text) => process.stdout.write(`${text}\n`),
    colors: picocolors,
    width: process.stdout.columns || (process.stdout.isTTY ? 100 : Number.POSITIVE_INFINITY),
  };
}
