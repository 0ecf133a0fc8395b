/**
 * Prepares and runs SQLite's statements.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Row, Value } from "../sql/steps.ts";

/** The prepared statements of a connection. */
export class Statements {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** Whether a transaction is open. */
  get isTransaction(): boolean {
    return this.#connection.isTransaction;
  }

  /** Returns all rows of a query. */
  all(sql: string, ...values: readonly Value[]): Row[] {
    const rows = this.#prepare(sql).all(...values) as Row[];
    for (const row of rows) withNumbers(row);
    return rows;
  }

  /** Returns the first row of a query. */
  get(sql: string, ...values: readonly Value[]): Row | undefined {
    const row = this.#prepare(sql).get(...values) as Row | undefined;
    return row && withNumbers(row);
  }

  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      // Else reading a number beyond 2^53 throws, whichever row of a result it is in.
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

// A number beyond 2^53 is rounded: whoever needs an exact one checks it.
function withNumbers(row: Row): Row {
  for (const column in row) {
    const value = row[column];
    if (typeof value === "bigint") row[column] = Number(value);
  }
  return row;
}
