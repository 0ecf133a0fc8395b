/**
 * Divides long work into transactions that let others in between: while one runs, the program does
 * nothing else.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";

// A transaction takes from a fraction of a millisecond to some, by the disk.
const MAX_HELD_MS = 10;

/** Runs a transaction: at once, unless transactions have taken long enough. */
export type TakeTurns = <Result>(transaction: () => Result) => Promise<Result>;

/**
 * Lets others in whenever transactions have taken 10 ms. Where nothing waits for input or output
 * between them, hundreds of them would otherwise run before the next request is read.
 */
export function openTurns(clock: Pick<Clock, "monotonic">): TakeTurns {
  let held = 0;
  let next: Promise<void> | undefined;
  return async (transaction) => {
    while (held >= MAX_HELD_MS) {
      next ??= letOthersIn().then(() => {
        held = 0;
        next = undefined;
      });
      await next;
    }
    const start = clock.monotonic();
    try {
      return transaction();
    } finally {
      held += clock.monotonic() - start;
    }
  };
}
