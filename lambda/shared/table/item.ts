/** An item of a table: plain values by the names of its attributes. */
export type Item = Readonly<Record<string, unknown>>;
