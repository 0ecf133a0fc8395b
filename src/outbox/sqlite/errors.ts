/**
 * Classifies the errors of SQLite.
 *
 * @module
 */

import { describeFileError, isSystemError } from "../../system/file_error.ts";
import { WriteError } from "../../system/write_error.ts";
import { OutboxError } from "../port.ts";

// Why the system refuses a file beside the database, such as SQLite's journal; `undefined` when it
// does not, or the service has given up the permission to write.
function refusalBeside(file: string): string | undefined {
  const path = `${file}-check`;
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(path);
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.AlreadyExists
      ? undefined
      : describeFileError(error, path, "write");
  }
}

const BUSY = 5;
const READ_ONLY = 8;
const DAMAGED = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const REFUSED = new Map([
  [READ_ONLY, "is read-only: the user that this program runs as has to be able to write it"],
  [DAMAGED, "is damaged"],
  [
    CANNOT_OPEN,
    "cannot be opened: the user that this program runs as has to be able to write its folder",
  ],
  [26, "is not a database"],
]);

// The codes of errors that are about the values of one row: a constraint, a datatype.
const ABOUT_A_ROW: ReadonlySet<number> = new Set([19, 20]);

/** Whether the error is the database's, and not about the values of one row. */
export function isDatabaseError(error: unknown): boolean {
  if (error instanceof OutboxError) return true;
  const code = codeOf(error);
  return code !== undefined && !ABOUT_A_ROW.has(code);
}

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

/** Whether the file's content is damaged. */
export function isDamaged(error: unknown): boolean {
  return codeOf(error) === DAMAGED;
}

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  // The low byte is the primary code.
  return typeof code === "number" ? code & 0xff : undefined;
}

/**
 * Runs the work.
 *
 * @param isOpen Whether the file is open, so that only temporary files are opened for the work.
 * @throws {OutboxError} In place of an error of SQLite's or the operating system's.
 */
export function classified<Result>(file: string, work: () => Result, isOpen = false): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof OutboxError) throw error;
    const code = codeOf(error);
    if (isOpen && code === CANNOT_OPEN) {
      const message =
        `${file}: no temporary file can be opened: too many files are open, or none of ` +
        "the folders for them can be written (TMPDIR, /var/tmp, /tmp)";
      throw new OutboxError("unavailable", message, { cause: error });
    }
    const refused = code === undefined ? undefined : REFUSED.get(code);
    if (refused) {
      const reason = code === READ_ONLY || code === CANNOT_OPEN ? refusalBeside(file) : undefined;
      const message = reason === undefined ? refused : `cannot be written: ${reason}`;
      throw new OutboxError("refused", `${file} ${message}`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    if (code !== undefined) {
      const message = code === FULL
        ? `${file} cannot be written: no space is left on its file system: see df`
        : `${file}: ${reason}`;
      throw new OutboxError("unavailable", message, { cause: error });
    }
    if (error instanceof WriteError) throw new OutboxError("refused", reason, { cause: error });
    if (isSystemError(error)) {
      const message = `${file} cannot be used: ${describeFileError(error, file, "write")}`;
      throw new OutboxError("refused", message, { cause: error });
    }
    throw error;
  }
}
