/**
 * Copies an outbox's SQLite file while a service has it open.
 *
 * @module
 */

import { resolve } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { describeFileError, isSystemError } from "../../system/file_error.ts";
import { OutboxError } from "../port.ts";
import { classified, isDamaged } from "./errors.ts";

// In one step, so that what is written meanwhile does not start it anew.
const ALL_PAGES = 0x7fffffff;

/** A copy that was made. */
export interface SqliteBackup {
  readonly bytes: number;
  readonly invitations: number;
  readonly mails: number;
}

/**
 * Copies the file as it is at one moment, to a file that only the user can read. The copy is checked, and
 * on the disk when this resolves; if it fails, there is none.
 *
 * @param target The new file. One that exists is never changed.
 * @throws {OutboxError} `refused` if the target exists or cannot be written.
 */
export async function backUp(
  source: DatabaseSync,
  file: string,
  target: string,
): Promise<SqliteBackup> {
  // An absolute path is never taken for a URI.
  const path = resolve(target);
  create(path, target);
  try {
    try {
      await backup(source, path, { rate: ALL_PAGES });
    } catch (error) {
      classified(isDamaged(error) ? file : target, () => {
        throw error;
      });
    }
    return classified(target, () => finished(path, target));
  } catch (error) {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) remove(`${path}${suffix}`);
    throw error;
  }
}

function create(path: string, target: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new OutboxError("refused", `${target} exists already: name another file`, {
        cause: error,
      });
    }
    if (!isSystemError(error)) throw error;
    const reason = describeFileError(error, target, "write");
    throw new OutboxError("refused", `${target} cannot be written: ${reason}`, { cause: error });
  }
}

function finished(path: string, target: string): SqliteBackup {
  const copy = new DatabaseSync(path);
  let counts;
  try {
    // So that the copy is one file.
    copy.prepare("PRAGMA journal_mode = DELETE").get();
    const found = copy.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
    if (found !== "ok") {
      const message = `the copy would be damaged (${found}): see appservice-mxisd storage check`;
      throw new OutboxError("refused", `${target}: ${message}`);
    }
    counts = copy.prepare(`SELECT (SELECT count(*) FROM invitations) AS invitations,
      (SELECT count(*) FROM mails) AS mails`).get();
  } finally {
    copy.close();
  }
  using written = Deno.openSync(path, { read: true, write: true });
  written.syncSync();
  return {
    bytes: written.statSync().size,
    invitations: Number(counts?.invitations),
    mails: Number(counts?.mails),
  };
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // There is none.
  }
}
