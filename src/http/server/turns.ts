/**
 * Spreads work that comes all at once over turns of the event loop.
 *
 * @module
 */

import { letOthersIn } from "../../system/let_others_in.ts";

/**
 * Returns a function that resolves when it is the caller's turn: in the order of the calls, so many of
 * them in each turn of the event loop.
 */
export function openTurns(perTurn: number): () => Promise<void> {
  let count = 0;
  let last = Promise.resolve();
  return () => {
    last = last.then(async () => {
      if (++count % perTurn === 0) await letOthersIn();
    });
    return last;
  };
}
