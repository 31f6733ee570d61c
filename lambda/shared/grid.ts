import type { TickerEntry } from '../../lib/ticker/constants';

/** The part of a ticker entry that determines when its runs are due. */
export type Grid = Pick<TickerEntry, 'intervalSeconds' | 'anchor' | 'start' | 'end'>;

/** Consecutive points of a grid, in epoch milliseconds. */
export interface GridRange {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/**
 * The points of a grid within a time range.
 *
 * @param from epoch milliseconds, inclusive
 * @param to epoch milliseconds, exclusive
 */
export function gridRange(grid: Grid, from: number, to: number): GridRange {
  const step = grid.intervalSeconds * 1000;
  const anchor = grid.anchor * 1000;
  const earliest = Math.max(from, (grid.start ?? Number.NEGATIVE_INFINITY) * 1000);
  const latest = Math.min(to - 1, (grid.end ?? Number.POSITIVE_INFINITY) * 1000);
  const first = anchor + Math.ceil((earliest - anchor) / step) * step;
  return { first, count: Math.max(0, Math.floor((latest - first) / step) + 1), step };
}

/** The points of a grid within a time range, in epoch milliseconds: see `gridRange`. */
export function gridPoints(grid: Grid, from: number, to: number): number[] {
  const { first, count, step } = gridRange(grid, from, to);
  return Array.from({ length: count }, (_, index) => first + index * step);
}
