/**
 * Sees what a program says to SQLite.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

/** Collects until it is disposed. */
export interface SqliteSpy extends Disposable {
  /** The connections that prepared a statement, in the order of their first ones. */
  readonly connections: Set<DatabaseSync>;
  /** The texts of all statements. */
  readonly statements: Set<string>;
}

/** Begins to collect. */
export function spyOnSqlite(): SqliteSpy {
  const connections = new Set<DatabaseSync>();
  const statements = new Set<string>();
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>) {
    connections.add(this);
    statements.add(args[0]);
    return prepare.apply(this, args);
  };
  return {
    connections,
    statements,
    [Symbol.dispose]() {
      DatabaseSync.prototype.prepare = prepare;
    },
  };
}
