/**
 * Commits the work of several callers in one transaction: each commit waits for the disk, and while
 * it does, the program does nothing else.
 *
 * @module
 */

import { runLast } from "../../system/let_others_in.ts";
import type { Engine } from "../sql/engine.ts";
import type { Steps } from "../sql/steps.ts";
import type { TakeTurns } from "./turns.ts";

/** Work of one caller. It may be repeated from its beginning. */
type Work<Result> = (database: Engine) => Steps<Result>;

/**
 * When work is committed:
 *
 * - `alone`: at once, in a transaction of its own, as somebody waits for it or it is long;
 * - `with others`: at once, with what waits;
 * - `soon`: after all that is ready to run, with what comes until then.
 */
export type Grouping = "alone" | "with others" | "soon";

/** The way to commit in groups. */
export interface Groups {
  /** Commits work. What fails does so alone. */
  commit<Result>(work: Work<Result>, grouping: Grouping): Promise<Result>;
  /** Commits what waits. */
  flush(): void;
}

// So many claims that end take some milliseconds.
const MAX_WORK = 20;

interface Waiting {
  readonly work: Work<unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Opens the way to commit in groups. */
export function openGroups(
  transact: <Result>(work: Work<Result>) => Result,
  takeTurns: TakeTurns,
): Groups {
  const waiting: Waiting[] = [];
  let flushing: Disposable | undefined;

  function stopWaiting(): void {
    flushing?.[Symbol.dispose]();
    flushing = undefined;
  }

  function flushInTurn(): void {
    stopWaiting();
    // It does not fail: each caller has a result of its own.
    void takeTurns(flushSome);
  }

  function flushSome(): void {
    run(waiting.splice(0, MAX_WORK));
    if (waiting.length > 0) flushInTurn();
  }

  function run(group: readonly Waiting[]): void {
    if (group.length === 0) return;
    try {
      const results = transact(function* (database) {
        const results: unknown[] = [];
        for (const { work } of group) results.push(yield* work(database));
        return results;
      });
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      // Nothing of it was committed. What fails alone is one's own failure.
      else for (const one of group) void takeTurns(() => run([one]));
    }
  }

  return {
    commit<Result>(work: Work<Result>, grouping: Grouping): Promise<Result> {
      if (grouping === "alone") return takeTurns(() => transact(work));
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      waiting.push({ work, resolve: (result) => resolve(result as Result), reject });
      if (grouping === "with others" || waiting.length >= MAX_WORK) flushInTurn();
      else flushing ??= runLast(flushInTurn);
      return promise;
    },
    flush() {
      stopWaiting();
      while (waiting.length > 0) run(waiting.splice(0, MAX_WORK));
    },
  };
}
