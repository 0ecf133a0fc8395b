/**
 * What work on the tables needs of a database.
 *
 * Statements are written in what SQLite and PostgreSQL have in common: inserts name their columns,
 * `ON CONFLICT` names its target unless it does nothing, tables of `FROM (SELECT ...)` have names,
 * truth in columns is compared (`open = 1`), and a value whose type cannot be inferred is CAST.
 *
 * @module
 */

import type { Work } from "../port.ts";
import type { Lock } from "./locks.ts";
import type { Row, Steps, Value } from "./steps.ts";

/** The tables in one transaction, or in one read. */
export interface Engine {
  readonly dialect: Dialect;
  /** The IDs of rows that cannot be worked on until the next start. */
  readonly skipped: Readonly<Record<Work, Set<number>>>;
  /** Whether the transaction made something due beside what it was for. */
  madeWork: boolean;
  /** Returns all rows of a query. */
  all(sql: string, ...values: Value[]): Steps<Row[]>;
  /** Returns the first row of a query. */
  get(sql: string, ...values: Value[]): Steps<Row | undefined>;
  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: Value[]): Steps<number>;
  /** Runs a part of a transaction: nothing of it remains if it throws. */
  part<Result>(work: () => Steps<Result>): Steps<Result>;
  /**
   * Those of these locks that a claim has from now on, until it ends. Others have the rest: it does not
   * wait for them, so that no two transactions wait for each other.
   */
  tryLocks(locks: readonly Lock[]): Steps<ReadonlySet<Lock>>;
  /**
   * Takes locks of limits, of all mails before the others: waits for them, but in a claim only tries.
   * Returns those that it has.
   */
  lockLimits(locks: readonly Lock[]): Steps<ReadonlySet<Lock>>;
  /** Whether an error is the database's, and not about the values of one row. */
  isDatabaseError(error: unknown): boolean;
}

/** Where the engines' SQL differs. */
export interface Dialect {
  /** A query of the texts in a JSON array. @param value Where the array stands, such as `?1`. */
  textsIn(value: string): string;
  /** A query of the numbers in a JSON array. @param value Where the array stands. */
  numbersIn(value: string): string;
  /** A column of bytes as a key of `kept_slots`. */
  bytesAsKey(column: string): string;
  /**
   * Ends a query of rows that are to be claimed: what others are writing is left out. Empty if nobody else
   * writes meanwhile.
   */
  readonly claiming: string;
}
