/**
 * The port to databases: running a query with bound values, and nothing else.
 *
 * @module
 */

import type { LookupOptions } from "../port.ts";

/** The kinds of databases. */
export const DATABASE_TYPES = ["sqlite", "postgresql", "mariadb", "mysql"] as const;

/** A kind of database. */
export type DatabaseType = typeof DATABASE_TYPES[number];

/** A kind of database that is a server of its own. */
export type ServerType = Exclude<DatabaseType, "sqlite">;

/** A row by the names of its columns, in their order. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs a query and returns all its rows; a `?` of the query stands for each value. */
export type Query = (sql: string, ...values: string[]) => Promise<readonly Row[]>;

/** A database that is only read. It connects when it is read, not before. */
export interface SqlDatabase extends AsyncDisposable {
  /**
   * Runs the work's queries on one connection, which can write nothing; where the database can, they
   * all see it as of one moment.
   *
   * @throws {StoreError} Whatever goes wrong; also what the work itself throws, if it is one.
   */
  read<Result>(work: (query: Query) => Promise<Result>, options?: LookupOptions): Promise<Result>;
}

/** More rows than one person can have: a query that returns them lacks its condition. */
export const MOST_ROWS = 1000;

/** What a query with more rows is refused with. */
export const TOO_MANY_ROWS: string = `a query returns more than ${MOST_ROWS} rows for one person`;
