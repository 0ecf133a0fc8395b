/**
 * Reading an SQLite database that belongs to somebody else, who is writing it meanwhile.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { checkReadable, readError } from "../../system/read_file.ts";
import { refuseAborted } from "../deadline.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";
import { MOST_ROWS, type Query, type Row, type SqlDatabase, TOO_MANY_ROWS } from "./port.ts";

// It blocks the event loop: who writes has the lock for a moment only, and in WAL mode not even so.
const BUSY_MILLISECONDS = 200;

/**
 * The database in the file. It is opened read-only for each reading and closed again: an open costs
 * less than a millisecond, and so a file that is made later, replaced or restored is read as it is
 * now. A query runs in this process, which waits for it.
 */
export function openSqliteDatabase(store: string, file: string): SqlDatabase {
  return {
    async read(work, { signal } = {}) {
      refuseAborted(store, signal);
      using database = openReadOnly(store, file);
      using _left = leaveToOwner(file);
      // deno-lint-ignore require-await -- what is thrown has to become a rejection
      const query: Query = async (sql, ...values) => {
        const statement = database.prepare(sql);
        if (hasTooMany(statement.iterate(...values))) {
          throw new StoreError(store, "misconfigured", TOO_MANY_ROWS);
        }
        // Once more: Deno 2.9 takes an error while iterating for the end of the rows, and so for
        // nobody. In the transaction it finds the same.
        return statement.all(...values) as Row[];
      };
      try {
        database.prepare("BEGIN").run();
        return await work(query);
      } catch (error) {
        throw error instanceof StoreError ? error : classified(store, file, error);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

// A query without its condition has as many rows as there are people, or without an end: none after
// the first one too many is read.
function hasTooMany(rows: Iterable<unknown>): boolean {
  let count = 0;
  for (const _ of rows) {
    if (++count > MOST_ROWS) return true;
  }
  return false;
}

function openReadOnly(store: string, file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    // Not the option "timeout": Deno 2.9 ignores it beside readOnly, and blocks for 5 s.
    database.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`);
    return database;
  } catch (cause) {
    throw new StoreError(store, "misconfigured", openFailureReason(file), { cause });
  }
}

// Reading a database in WAL mode while nobody writes it makes files beside it, which stay. Made by
// root, they would keep the program that owns the database from starting: they are given to it.
function leaveToOwner(file: string): Disposable {
  return {
    [Symbol.dispose]() {
      const owner = statOf(file);
      for (const path of [`${file}-wal`, `${file}-shm`]) {
        const made = statOf(path);
        if (!owner || !made || owner.uid === null || made.uid === owner.uid) continue;
        try {
          Deno.chownSync(path, owner.uid, owner.gid);
        } catch (error) {
          // It is gone already, or the service has given up writing.
          if (!(error instanceof Deno.errors.NotFound) && !isDenied(error)) throw error;
        }
      }
    },
  };
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

// SQLite itself says "unable to open" of all of these, and node:sqlite gives no code then.
function openFailureReason(file: string): string {
  try {
    checkReadable(file, Deno.statSync(file), { maxBytes: Infinity });
    Deno.openSync(file, { read: true }).close();
  } catch (error) {
    return readError(file, error).message;
  }
  return `${file} cannot be opened as a database`;
}

function isDenied(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
}

// The result codes of SQLite (https://sqlite.org/rescode.html) that do not pass by themselves.
const MISCONFIGURED = new Set([
  1, // ERROR: no such table or column, a syntax error
  3, // PERM
  8, // READONLY: the query wants to write
  11, // CORRUPT
  23, // AUTH
  25, // RANGE: the query has no place for the value
  26, // NOTADB
]);
const CANNOT_OPEN = 14; // the database itself was opened before
// READONLY_RECOVERY, READONLY_CANTLOCK, READONLY_CANTINIT, READONLY_DIRECTORY: the files that WAL
// mode needs are not there, as whoever may make them does not have the database open.
const OWNER_AWAY = new Set([264, 520, 1288, 1544]);

function classified(store: string, file: string, cause: unknown): StoreError {
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) : 0;
  if (OWNER_AWAY.has(code)) {
    const reason = `${file} cannot be read while the program that writes it is not running`;
    return new StoreError(store, "temporary", reason, { cause });
  }
  // The low byte is the primary code, the rest says more.
  const primary = code & 0xff;
  if (primary === CANNOT_OPEN) {
    const reason = `the files ${file}-wal and -shm cannot be opened by this service`;
    return new StoreError(store, "misconfigured", reason, { cause });
  }
  const kind: StoreErrorKind = MISCONFIGURED.has(primary) ? "misconfigured" : "temporary";
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(store, kind, `${file}: ${reason}`, { cause });
}
