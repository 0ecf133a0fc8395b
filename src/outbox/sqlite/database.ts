/**
 * Opens the SQLite file: permissions, ownership and transactions.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Clock } from "../../system/clock.ts";
import { describeFileError, isSystemError } from "../../system/file_error.ts";
import { writeError } from "../../system/write_error.ts";
import { OutboxError, type Work } from "../port.ts";
import { classified, isBusy } from "./errors.ts";
import { OpenFiles } from "./files/open_files.ts";
import { migrate, refuseForeign, refuseOutdated } from "./migrations.ts";

/** A row as SQLite returns it. */
export type Row = Record<string, unknown>;

// Statements block the event loop while another process holds the lock, so this is short.
const BUSY_TIMEOUT_MS = 500;
// Of the files beside the database.
const SUFFIXES = ["-wal", "-shm", "-owner"];

const MAX_REWRITES = 20;
const REWRITE_PAUSE_MS = 250;

/** An open database with its prepared statements. */
export class Database implements Disposable {
  readonly #file: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #lock: DatabaseSync | undefined;
  readonly #files: OpenFiles | undefined;
  #dataVersion: unknown;
  /** The IDs of rows that cannot be worked on until the next start. */
  readonly skipped: Readonly<Record<Work, Set<number>>> = {
    invitations: new Set(),
    mails: new Set(),
  };
  /** Whether a transaction made something due beside what it was for. Whoever announces it resets it. */
  madeWork = false;

  private constructor(
    file: string,
    connection: DatabaseSync,
    lock: DatabaseSync | undefined,
    files: OpenFiles | undefined,
  ) {
    this.#file = file;
    this.#connection = connection;
    this.#lock = lock;
    this.#files = files;
  }

  /**
   * Opens the file. The owner creates it if it is missing, and migrates its tables.
   *
   * @param owner Whether this process works on what is due. There is one owner at a time.
   * @param readsLater Whether this process keeps the permission to read files.
   * @throws {OutboxError} `refused` if the file has another owner, is not an outbox or is newer.
   */
  static open(file: string, owner: boolean, readsLater: boolean): Database {
    return classified(file, () => {
      if (owner) makePrivate(file);
      using opened = new DisposableStack();
      const connection = connect(file, BUSY_TIMEOUT_MS);
      opened.defer(() => connection.close());
      // Before anything is written: it may be another program's.
      refuseForeign(connection, file);
      const lock = owner ? takeOwnership(file) : undefined;
      opened.defer(() => lock?.close());
      // FULL: a commit is on disk before it returns, and survives a power failure.
      for (const setting of ["synchronous = FULL", "foreign_keys = ON"]) {
        connection.prepare(`PRAGMA ${setting}`).get();
      }
      if (owner) {
        connection.prepare("PRAGMA journal_mode = WAL").get();
        migrate(connection, file);
      } else {
        refuseOutdated(connection, file);
      }
      const files = owner ? new OpenFiles(file, SUFFIXES, readsLater) : undefined;
      opened.move();
      return new Database(file, connection, lock, files);
    });
  }

  /** Returns all rows of a query. */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    const rows = this.#prepare(sql).all(...values) as Row[];
    for (const row of rows) withNumbers(row);
    return rows;
  }

  /** Returns the first row of a query. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const row = this.#prepare(sql).get(...values) as Row | undefined;
    return row && withNumbers(row);
  }

  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Runs the work in one transaction, which is on disk when this returns. */
  transaction<Result>(work: () => Result): Result {
    return this.read(() => {
      // Prepared, because errors of exec() have no code.
      this.run("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.refuseLost();
        this.run("COMMIT");
        return result;
      } catch (error) {
        if (this.#connection.isTransaction) this.run("ROLLBACK");
        // A file that was emptied reads as a damaged one.
        this.refuseLost();
        throw error;
      }
    });
  }

  /** Runs a part of a transaction: nothing of it remains if it throws. */
  part<Result>(work: () => Result): Result {
    this.run("SAVEPOINT part");
    try {
      const result = work();
      this.run("RELEASE part");
      return result;
    } catch (error) {
      // A full disk has ended the whole transaction.
      if (this.#connection.isTransaction) {
        this.run("ROLLBACK TO part");
        this.run("RELEASE part");
      }
      throw error;
    }
  }

  /** Runs the work; what it throws is classified. */
  read<Result>(work: () => Result): Result {
    if (!this.#connection.isOpen) throw new OutboxError("unavailable", `${this.#file} is closed`);
    return classified(this.#file, work);
  }

  /** Resolves when nothing more has to be opened for the checks of the files. */
  async opened(): Promise<void> {
    await this.#files?.started;
  }

  /**
   * Checks that what is written is still found at the path.
   *
   * @throws {OutboxError} `lost` if it is not.
   */
  refuseLost(): void {
    const lost = this.#files?.lost();
    if (lost === undefined) return;
    throw new OutboxError("lost", `${lost} while the service had it open: start the service again`);
  }

  /** Whether another process has committed anything since the last call. */
  hasForeignCommits(): boolean {
    const version = this.get("PRAGMA data_version")?.data_version;
    const changed = this.#dataVersion !== undefined && version !== this.#dataVersion;
    this.#dataVersion = version;
    return changed;
  }

  /**
   * Rewrites the file without what was deleted, and empties its journal.
   *
   * @throws {OutboxError} `unavailable` while another process keeps the file in use.
   */
  async overwriteDeleted(clock: Pick<Clock, "sleep">): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        this.read(() => {
          this.run("VACUUM");
          const checkpoint = this.get("PRAGMA wal_checkpoint(TRUNCATE)");
          if (checkpoint?.busy === 0) return;
          throw new OutboxError("unavailable", `${this.#file} is in use: try again`);
        });
        return;
      } catch (error) {
        const isBusy = error instanceof OutboxError && error.kind === "unavailable";
        if (!isBusy || attempt === MAX_REWRITES) throw error;
        await clock.sleep(REWRITE_PAUSE_MS);
      }
    }
  }

  /** Closes the file and gives up ownership. */
  [Symbol.dispose](): void {
    if (!this.#connection.isOpen) return;
    if (this.#files?.isMoved()) this.#emptyJournal();
    this.#connection.close();
    this.#lock?.close();
    this.#files?.[Symbol.dispose]();
  }

  // Else another database at the same path would be opened with this one's journal.
  #emptyJournal(): void {
    try {
      this.#connection.prepare("PRAGMA wal_checkpoint = TRUNCATE").get();
    } catch {
      // It is in use, or the disk is full.
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      // Else reading a number beyond 2^53 throws, whichever row of a result it is in.
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

// A number beyond 2^53 is rounded: whoever needs an exact one checks it.
function withNumbers(row: Row): Row {
  for (const column in row) {
    const value = row[column];
    if (typeof value === "bigint") row[column] = Number(value);
  }
  return row;
}

// Ownership is a lock of the operating system on a file beside the database, held through SQLite:
// the kernel releases it with the process, however that ends.
function takeOwnership(file: string): DatabaseSync {
  // Beside the real file: a symbolic link is another name, not another database.
  const path = `${Deno.realPathSync(file)}-owner`;
  makePrivate(path);
  const lock = connect(path, 0);
  try {
    lock.prepare("BEGIN EXCLUSIVE").run();
    return lock;
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new OutboxError(
      "refused",
      `${file} is in use by another running service: stop that one, or give this one a ` +
        "database of its own",
      { cause: error },
    );
  }
}

function connect(file: string, timeout: number): DatabaseSync {
  try {
    // SQLite would create the file, but readable by others.
    Deno.statSync(file);
    return new DatabaseSync(file, { timeout });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      const message =
        `database ${file} does not exist yet: the service creates it at its first start`;
      throw new OutboxError("refused", message, { cause: error });
    }
    const message = `${file} cannot be opened: ${reasonOf(file, error)}`;
    throw new OutboxError("refused", message, { cause: error });
  }
}

// SQLite's errors of opening have no code. What it could not open has no lock to lose.
function reasonOf(file: string, error: unknown): string {
  try {
    if (isSystemError(error)) throw error;
    Deno.openSync(file, { read: true, write: true }).close();
    return "it is not a file of SQLite's";
  } catch (refusal) {
    return describeFileError(refusal, file, "write");
  }
}

// SQLite gives its journal files the permissions of the database. An existing file is not opened:
// closing it would release the locks that this process holds on it (fcntl, POSIX.1-2017).
function makePrivate(file: string): void {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw writeError(file, error);
  }
}
