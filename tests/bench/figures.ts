/**
 * Figures of several rounds.
 *
 * @module
 */

/** What several rounds gave. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Sums rounds up. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}

/** The value that this part of them does not exceed; they are in order. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/**
 * The median of one subject's figures, each divided by the other's of the same round, so that what
 * else the machine does counts for both.
 */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): number {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? NaN))).median;
}
