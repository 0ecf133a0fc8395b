/**
 * Opens the SQLite file: permissions, ownership and transactions.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../system/clock.ts";
import { describeFileError, isSystemError } from "../../system/file_error.ts";
import { writeError } from "../../system/write_error.ts";
import { OutboxError } from "../port.ts";
import type { Engine } from "../sql/engine.ts";
import type { Steps } from "../sql/steps.ts";
import { backUp, type SqliteBackup } from "./backup.ts";
import { finish, SqliteEngine } from "./engine.ts";
import { classified, isBusy } from "./errors.ts";
import { OpenFiles } from "./files/open_files.ts";
import { migrate, refuseForeign, refuseOutdated } from "./migrations.ts";
import { Statements } from "./statements.ts";

// Statements block the event loop while another process holds the lock, so this is short.
const BUSY_TIMEOUT_MS = 500;
// Of the files beside the database.
const SUFFIXES = ["-wal", "-shm", "-owner"];

const MAX_REWRITES = 20;
const REWRITE_PAUSE_MS = 250;

/** An open database. */
export class Database implements Disposable {
  readonly #file: string;
  readonly #connection: DatabaseSync;
  readonly #statements: Statements;
  readonly #engine: Engine;
  readonly #lock: DatabaseSync | undefined;
  readonly #files: OpenFiles | undefined;
  #dataVersion: number | undefined;

  private constructor(
    file: string,
    connection: DatabaseSync,
    lock: DatabaseSync | undefined,
    files: OpenFiles | undefined,
  ) {
    this.#file = file;
    this.#connection = connection;
    this.#statements = new Statements(connection);
    this.#engine = new SqliteEngine(this.#statements);
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
        // What a statement would have to undo goes into a temporary file otherwise, which cannot be opened
        // when too many files are open.
        connection.prepare("PRAGMA temp_store = MEMORY").get();
        migrate(connection, file);
      } else {
        refuseOutdated(connection, file);
      }
      const files = owner ? new OpenFiles(file, SUFFIXES, readsLater) : undefined;
      opened.move();
      return new Database(file, connection, lock, files);
    });
  }

  /** Runs work in one transaction, which is on disk when this returns. */
  transaction<Result>(work: (database: Engine) => Steps<Result>): Result {
    return this.#classified(() => {
      // Prepared, because errors of exec() have no code.
      this.#statements.run("BEGIN IMMEDIATE");
      try {
        const result = finish(work(this.#engine));
        this.#refuseLost();
        this.#statements.run("COMMIT");
        return result;
      } catch (error) {
        if (this.#statements.isTransaction) this.#statements.run("ROLLBACK");
        // A file that was emptied reads as a damaged one.
        this.#refuseLost();
        throw error;
      }
    });
  }

  /** Runs work that changes nothing. */
  read<Result>(work: (database: Engine) => Steps<Result>): Result {
    return this.#classified(() => finish(work(this.#engine)));
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
    this.#classified(() => this.#refuseLost());
  }

  /** A number that changes when another process commits. */
  dataVersion(): number {
    return this.#classified(() =>
      Number(this.#statements.get("PRAGMA data_version")?.data_version)
    );
  }

  /** Whether another process has committed anything since the last call. */
  hasForeignCommits(): boolean {
    const version = this.dataVersion();
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
        this.#classified(() => {
          this.#statements.run("VACUUM");
          const checkpoint = this.#statements.get("PRAGMA wal_checkpoint(TRUNCATE)");
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

  /**
   * Copies the file as it is at one moment; see {@linkcode backUp}.
   *
   * @throws {OutboxError} `refused` if the target exists or cannot be written.
   */
  backUp(target: string): Promise<SqliteBackup> {
    return this.#classified(() => backUp(this.#connection, this.#file, target));
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

  #classified<Result>(work: () => Result): Result {
    if (!this.#connection.isOpen) throw new OutboxError("unavailable", `${this.#file} is closed`);
    return classified(this.#file, work, true);
  }

  #refuseLost(): void {
    const lost = this.#files?.lost();
    if (lost === undefined) return;
    throw new OutboxError("lost", `${lost} while the service had it open: start the service again`);
  }
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
