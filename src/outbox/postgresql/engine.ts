/**
 * The engine of PostgreSQL: each statement is yielded, and run by whoever drives the work.
 *
 * @module
 */

import type { Work } from "../port.ts";
import type { Scope } from "../sql/access.ts";
import type { Dialect, Engine } from "../sql/engine.ts";
import type { Row, Rows, Steps, Value } from "../sql/steps.ts";
import { OutboxError } from "../port.ts";
import type { Connection } from "./connection.ts";
import { StatementError } from "./errors.ts";
import { openLocks } from "./locks.ts";

const DIALECT: Dialect = {
  textsIn: (value) => `SELECT jsonb_array_elements_text(CAST(${value} AS jsonb))`,
  numbersIn: (value) => `SELECT CAST(jsonb_array_elements_text(CAST(${value} AS jsonb)) AS bigint)`,
  bytesAsKey: (column) => `encode(${column}, 'hex')`,
  claiming: "FOR UPDATE SKIP LOCKED",
};

/** Makes the engine of one transaction, or without a scope, of one read. */
export function postgresEngine(
  skipped: Readonly<Record<Work, Set<number>>>,
  schema: string,
  scope: Scope | undefined,
): Engine {
  function* all(sql: string, ...values: Value[]): Steps<Row[]> {
    return (yield { sql, values }).rows;
  }
  function* run(sql: string, ...values: Value[]): Steps<number> {
    return (yield { sql, values }).changes;
  }
  return {
    dialect: DIALECT,
    skipped,
    madeWork: false,
    ...openLocks(schema, scope, all),
    all,
    run,
    *get(sql, ...values) {
      return (yield* all(sql, ...values))[0];
    },
    *part(work) {
      yield* run("SAVEPOINT part");
      try {
        const result = yield* work();
        yield* run("RELEASE SAVEPOINT part");
        return result;
      } catch (error) {
        if (!(error instanceof StatementError && error.endsConnection)) {
          yield* run("ROLLBACK TO SAVEPOINT part");
          yield* run("RELEASE SAVEPOINT part");
        }
        throw error;
      }
    },
    isDatabaseError(error) {
      if (error instanceof OutboxError) return true;
      return error instanceof StatementError && !error.isAboutRow;
    },
  };
}

/** Runs work to its end on a connection. */
export async function drive<Result>(
  connection: Pick<Connection, "query">,
  steps: Steps<Result>,
): Promise<Result> {
  let step = steps.next();
  while (!step.done) {
    let rows: Rows;
    try {
      rows = await connection.query(step.value);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(rows);
  }
  return step.value;
}
