/**
 * Runs the work of an outbox in SQLite.
 *
 * @module
 */

import type { Dialect, Engine } from "../sql/engine.ts";
import type { Lock } from "../sql/locks.ts";
import type { Row, Steps, Value } from "../sql/steps.ts";
import { isDatabaseError } from "./errors.ts";
import type { Statements } from "./statements.ts";

const DIALECT: Dialect = {
  textsIn: (value) => `SELECT value FROM json_each(${value})`,
  numbersIn: (value) => `SELECT value FROM json_each(${value})`,
  bytesAsKey: (column) => column,
  claiming: "",
};

/** The tables of a connection. */
export class SqliteEngine implements Engine {
  readonly dialect = DIALECT;
  readonly skipped: Engine["skipped"] = { invitations: new Set(), mails: new Set() };
  madeWork = false;
  readonly isDatabaseError = isDatabaseError;
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  all(sql: string, ...values: Value[]): Steps<Row[]> {
    return new Answer(this.#statements.all(sql, ...values));
  }

  get(sql: string, ...values: Value[]): Steps<Row | undefined> {
    return new Answer(this.#statements.get(sql, ...values));
  }

  run(sql: string, ...values: Value[]): Steps<number> {
    return new Answer(this.#statements.run(sql, ...values));
  }

  // One transaction writes at a time.
  tryLocks(locks: readonly Lock[]): Steps<ReadonlySet<Lock>> {
    return new Answer(new Set(locks));
  }

  lockLimits(locks: readonly Lock[]): Steps<ReadonlySet<Lock>> {
    return new Answer(new Set(locks));
  }

  *part<Result>(work: () => Steps<Result>): Steps<Result> {
    this.#statements.run("SAVEPOINT part");
    try {
      const result = yield* work();
      this.#statements.run("RELEASE part");
      return result;
    } catch (error) {
      // A full disk has ended the whole transaction.
      if (this.#statements.isTransaction) {
        this.#statements.run("ROLLBACK TO part");
        this.#statements.run("RELEASE part");
      }
      throw error;
    }
  }
}

// Steps that have been taken, so that `yield*` goes on with the answer. A generator for each statement
// would take a tenth of the statement's own time.
class Answer<Result> implements Steps<Result>, IteratorReturnResult<Result> {
  readonly done = true;
  readonly value: Result;

  constructor(value: Result) {
    this.value = value;
  }

  next(): this {
    return this;
  }

  throw(error: unknown): never {
    throw error;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Takes all steps of work at once. */
export function finish<Result>(work: Steps<Result>): Result {
  const { done, value } = work.next();
  if (!done) throw new TypeError(`SQLite is asked for a step of another engine: ${value.sql}`);
  return value;
}
