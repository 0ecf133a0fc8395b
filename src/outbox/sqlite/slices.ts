/**
 * Divides long work into transactions that let others in between: while one runs, the program does
 * nothing else.
 *
 * @module
 */

/** How many rows are written in one transaction. */
export const ROWS_PER_SLICE = 200;

/** Lets requests and workers in that wait meanwhile. */
export function letOthersIn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
