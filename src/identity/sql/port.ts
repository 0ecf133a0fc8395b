/**
 * The port to databases: runs queries with bound values.
 *
 * @module
 */

import type { LookupOptions } from "../port.ts";

/** The kinds of databases. */
export const DATABASE_TYPES = ["sqlite", "postgresql", "mariadb", "mysql"] as const;

/** A kind of database. */
export type DatabaseType = typeof DATABASE_TYPES[number];

/** A row: values by column name, in the order of the columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs a query and returns all its rows. Each value replaces a `?` of the query. */
export type Query = (sql: string, ...values: string[]) => Promise<readonly Row[]>;

/** A read-only database. It connects when it is read first. */
export interface SqlDatabase extends AsyncDisposable {
  /**
   * Runs the work's queries on one connection, which cannot write. Databases that support it run them
   * on one snapshot.
   *
   * @throws {StoreError} If a query fails or the work throws one.
   */
  read<Result>(work: (query: Query) => Promise<Result>, options?: LookupOptions): Promise<Result>;
}

/** The maximum number of rows of a query: one that returns more lacks its condition. */
export const MAX_ROWS = 1000;

/** The reason why a query with more rows is refused. */
export const TOO_MANY_ROWS: string = `a query returns more than ${MAX_ROWS} rows for one person`;
