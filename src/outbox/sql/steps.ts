/**
 * Work on the tables of an outbox in SQL, as generators: the rules and statements stand once, and each
 * engine runs them in its own way, SQLite at once, PostgreSQL with a round trip for each statement.
 *
 * @module
 */

import type { Asking } from "../asking.ts";

/** A value of a statement. */
export type Value = string | number | null | Uint8Array;

/** A statement. Its values stand where it says `?`, or `?1` for the first one. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A row. Integers are numbers, bytes are Uint8Arrays, and truth is 1 or 0. */
export type Row = Record<string, unknown>;

/** The rows of a statement, and how many it changed. */
export interface Rows {
  readonly rows: Row[];
  readonly changes: number;
}

/** Work on the tables: it yields statements, and continues with their rows, or with what they throw. */
export interface Steps<Result> extends Iterator<Statement, Result, Rows> {
  throw(error: unknown): IteratorResult<Statement, Result>;
  [Symbol.iterator](): Iterator<Statement, Result, Rows>;
}

/** Works on one item after another; returns the results. */
export function* each<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Steps<Result>,
): Steps<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(yield* work(item));
  return results;
}

/** Takes a rule to its decision: the work looks up what it asks. */
export function* answer<Question, Answer, Decision>(
  rule: Asking<Question, Answer, Decision>,
  lookUp: (question: Question) => Steps<Answer>,
): Steps<Decision> {
  let next = rule.next();
  while (!next.done) next = rule.next(yield* lookUp(next.value));
  return next.value;
}

/** Work that needs nothing of the tables. */
// deno-lint-ignore require-yield
export function* atOnce<Result>(work: () => Result): Steps<Result> {
  return work();
}
