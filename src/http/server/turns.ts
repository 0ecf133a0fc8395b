/**
 * Spreads work that comes all at once over turns of the event loop.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";

/** How much work is done in one turn of the event loop. */
export interface TurnLimits {
  /** After how many milliseconds no more work is begun. */
  readonly maxMs: number;
  /** How many pieces of work are begun before one of them has ended. */
  readonly maxAtOnce: number;
  readonly clock: Pick<Clock, "monotonic">;
}

/**
 * Returns a function that resolves when it is the caller's turn, in the order of the calls; the caller
 * disposes of the result when its work is done. In each turn of the event loop at least one has its turn.
 * Work that waits for something else does not keep those that follow from the next turn.
 */
export function openTurns({ maxMs, maxAtOnce, clock }: TurnLimits): () => Promise<Disposable> {
  const waiting: ((turn: Disposable) => void)[] = [];
  let current = newTurn();
  let isPaused = false;
  return () => {
    const { promise, resolve } = Promise.withResolvers<Disposable>();
    if (waiting.length === 0 && current.atOnce === 0) current = newTurn();
    waiting.push(resolve);
    beginMore();
    return promise;
  };

  function newTurn() {
    return { since: clock.monotonic(), isUsed: false, atOnce: 0 };
  }

  function beginMore(): void {
    while (waiting.length > 0 && !isPaused) {
      const turn = current;
      const isOver = turn.atOnce >= maxAtOnce || clock.monotonic() - turn.since >= maxMs;
      if (turn.isUsed && isOver) {
        void pause();
        return;
      }
      turn.isUsed = true;
      turn.atOnce++;
      waiting.shift()?.({
        [Symbol.dispose]() {
          turn.atOnce--;
          if (turn === current) beginMore();
        },
      });
    }
  }

  async function pause(): Promise<void> {
    isPaused = true;
    await letOthersIn();
    isPaused = false;
    current = newTurn();
    beginMore();
  }
}
