/**
 * Commits an outbox's work, at a time that never runs back far.
 *
 * @module
 */

import { MINUTE } from "../../settings/duration.ts";
import { type Access, ALL, type Scope } from "./access.ts";
import type { Engine } from "./engine.ts";
import { pullBack } from "./leases.ts";
import { wakeAll } from "./limits.ts";
import type { Steps } from "./steps.ts";
import type { Transaction } from "./transactions.ts";

/** The outbox's way to commit. */
export interface Commits {
  /** Runs work in one transaction that may write what the scope says; everything unless it is set. */
  commit<Result>(work: Transaction<Result>, scope?: Scope): Promise<Result>;
  /** If the clock was set back, puts right what was stored while it was ahead; returns whether it was. */
  check(): Promise<boolean>;
}

/** What commits need. */
export interface CommitOptions {
  /** What is due later was stored while the clock was ahead. In milliseconds. */
  readonly longestPause: () => number;
  /** Called after a transaction that made something due beside what it was for. */
  readonly onWork: () => void;
}

/** Opens the way to commit. */
export function openCommits(
  access: Pick<Access, "commit" | "now">,
  { longestPause, onWork }: CommitOptions,
): Commits {
  let latest = access.now();
  const isBack = (now: number) => now < latest - MINUTE;

  function* putRight(database: Engine, now: number): Steps<void> {
    if (isBack(now)) {
      yield* wakeAll(database);
      yield* pullBack(database, now, longestPause());
    }
    latest = now;
  }

  return {
    async commit(work, scope = ALL) {
      for (;;) {
        let madeWork = false;
        const done = await access.commit(function* (database, now) {
          // What is put right is anybody's.
          if (isBack(now) && scope.kind !== "all") return undefined;
          yield* putRight(database, now);
          database.madeWork = false;
          const result = yield* work(database, now);
          madeWork = database.madeWork;
          return { result };
        }, scope);
        if (madeWork) onWork();
        if (done !== undefined) return done.result;
        await access.commit(putRight);
      }
    },
    async check() {
      if (!isBack(access.now())) return false;
      await access.commit(putRight);
      return true;
    },
  };
}
