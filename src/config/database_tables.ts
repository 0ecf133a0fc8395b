/**
 * Looks into a SQLite database, to find out whose it is.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

/** The file is no SQLite database. */
export class NotADatabase extends Error {
  /** The name of this kind of error. */
  override readonly name = "NotADatabase";
}

const NOT_A_DATABASE = 26; // SQLITE_NOTADB

/**
 * The names of the tables, `undefined` when there is no file yet, or an empty one. Nothing is
 * written.
 *
 * @throws {NotADatabase} When the file is something else.
 */
export function databaseTables(path: string): readonly string[] | undefined {
  let information: Deno.FileInfo;
  try {
    information = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  if (!information.isFile) throw new NotADatabase("not a file");
  if (information.size === 0) return undefined;
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return rows.map((row) => String(row.name));
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode !== NOT_A_DATABASE) throw error;
    throw new NotADatabase("not a SQLite database", { cause: error });
  }
}
