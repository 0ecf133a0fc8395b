/**
 * Reads an SQLite database that another program writes to.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { checkReadable, readError } from "../../system/read_file.ts";
import { throwIfAborted } from "../deadline.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";
import { MAX_ROWS, type Query, type Row, type SqlDatabase, TOO_MANY_ROWS } from "./port.ts";

// It blocks the event loop. A writer holds the lock only for a moment, and in WAL mode does not block.
const BUSY_TIMEOUT_MS = 200;

/**
 * The database in a file. It is opened read-only for each read, which takes less than a millisecond,
 * so that a file that is created, replaced or restored later is read correctly. Queries block this
 * process.
 */
export function openSqliteDatabase(store: string, file: string): SqlDatabase {
  return {
    async read(work, { signal } = {}) {
      throwIfAborted(store, signal);
      using database = openReadOnly(store, file);
      using _owned = leaveToOwner(file);
      // deno-lint-ignore require-await -- what is thrown has to become a rejection
      const query: Query = async (sql, ...values) => {
        const statement = database.prepare(sql);
        if (hasTooMany(statement.iterate(...values))) {
          throw new StoreError(store, "misconfigured", TOO_MANY_ROWS);
        }
        // Queried again: Deno 2.9 treats an error while iterating as the end of the rows. In the
        // transaction the result is the same.
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

// A query without its condition may return all people, or never end: reading stops at the limit.
function hasTooMany(rows: Iterable<unknown>): boolean {
  let count = 0;
  for (const _ of rows) {
    if (++count > MAX_ROWS) return true;
  }
  return false;
}

function openReadOnly(store: string, file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    // Not the option "timeout": with readOnly, Deno 2.9 ignores it and blocks for 5 s.
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return database;
  } catch (cause) {
    throw new StoreError(store, "misconfigured", openFailureReason(file), { cause });
  }
}

// Reading a database in WAL mode while its owner is not running creates files beside it, which stay.
// If root creates them, the owner cannot start: they are given to the owner of the database.
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
          // It is already gone, or the service has given up the permission to write.
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

// SQLite reports "unable to open" for all of these, and node:sqlite gives no code then.
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

// The result codes of SQLite (https://sqlite.org/rescode.html) that need an administrator.
const MISCONFIGURED = new Set([
  1, // ERROR: no such table or column, a syntax error
  3, // PERM
  8, // READONLY: the query writes
  11, // CORRUPT
  23, // AUTH
  25, // RANGE: the query has no placeholder for the value
  26, // NOTADB
]);
const CANNOT_OPEN = 14; // of a file beside the database, which is open already
// READONLY_RECOVERY, READONLY_CANTLOCK, READONLY_CANTINIT, READONLY_DIRECTORY: the files that WAL
// mode needs do not exist, as the database's owner is not running.
const OWNER_AWAY = new Set([264, 520, 1288, 1544]);

function classified(store: string, file: string, cause: unknown): StoreError {
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) : 0;
  if (OWNER_AWAY.has(code)) {
    const reason = `${file} cannot be read while the program that writes to it is not running`;
    return new StoreError(store, "temporary", reason, { cause });
  }
  // The low byte is the primary code; the rest extends it.
  const primary = code & 0xff;
  if (primary === CANNOT_OPEN) {
    const reason = `the files ${file}-wal and -shm cannot be opened by this service`;
    return new StoreError(store, "misconfigured", reason, { cause });
  }
  const kind: StoreErrorKind = MISCONFIGURED.has(primary) ? "misconfigured" : "temporary";
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(store, kind, `${file}: ${reason}`, { cause });
}
