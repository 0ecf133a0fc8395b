/**
 * Work in several transactions: long work is divided, so that others get their turn. What is done while
 * an outbox opens is a generator, because SQLite's is open at once.
 *
 * @module
 */

import type { Access } from "./access.ts";
import type { Engine } from "./engine.ts";
import type { Steps } from "./steps.ts";

/** How many rows are written in one transaction where there may be many: it takes about 10 ms. */
export const ROWS_PER_SLICE = 50;

/** Work in one transaction, at a time in milliseconds UTC. */
export type Transaction<Result> = (database: Engine, now: number) => Steps<Result>;

/** A transaction that is to be committed, or work that changes nothing. */
export type Part =
  | { readonly kind: "commit"; readonly work: Transaction<unknown> }
  | { readonly kind: "read"; readonly work: (database: Engine) => Steps<unknown> };

/** Work that yields its transactions, and continues with their results. */
export type Transactions<Result> = Generator<Part, Result, unknown>;

/** Commits work in a transaction of its own. */
export function* commit<Result>(work: Transaction<Result>): Transactions<Result> {
  return (yield { kind: "commit", work }) as Result;
}

/** Reads in a transaction of its own. */
export function* read<Result>(work: (database: Engine) => Steps<Result>): Transactions<Result> {
  return (yield { kind: "read", work }) as Result;
}

/** Runs one transaction after another. */
export async function runAll<Result>(
  access: Pick<Access, "commit" | "read">,
  work: Transactions<Result>,
): Promise<Result> {
  let next = work.next();
  while (!next.done) {
    const part = next.value;
    next = work.next(
      part.kind === "commit" ? await access.commit(part.work) : await access.read(part.work),
    );
  }
  return next.value;
}
