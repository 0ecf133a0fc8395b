/**
 * What moving an outbox needs of each of the two databases.
 *
 * @module
 */

import type { Access } from "../access.ts";
import type { Engine } from "../engine.ts";
import type { Row, Steps, Value } from "../steps.ts";

/** A column of a table, and its type in that database. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A database that an outbox is moved from, or to. No service works with it meanwhile. */
export interface Side extends AsyncDisposable {
  /** Its name, as in `storage.backend`. */
  readonly name: string;
  readonly access: Pick<Access, "commit" | "read">;
  /**
   * Checks that no service works with it.
   *
   * @throws {OutboxError} `refused`, if one does.
   */
  refuseWorking(database: Engine, now: number): Steps<void>;
  /** The columns of a table. */
  columns(database: Engine, table: string): Steps<readonly Column[]>;
  /** Selects a column, so that {@linkcode read} can read it. */
  select(column: Column): string;
  /** The value that was selected: bytes that are a key are hexadecimal digits. */
  read(column: Column, value: unknown): Value;
  /** A value as it is stored. */
  write(table: string, column: Column, row: Row): Value;
  /** The highest number that rows of the table have had; `undefined` if it does not remember that. */
  lastId(database: Engine, table: string): Steps<number | undefined>;
  /** Gives new rows higher numbers than this one. */
  continueAfter(database: Engine, table: string, id: number): Steps<void>;
}
