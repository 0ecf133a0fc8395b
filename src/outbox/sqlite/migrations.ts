/**
 * Brings the tables of the SQLite outbox up to date.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { OutboxError } from "../port.ts";
import { MIGRATIONS } from "./tables.ts";

/** The application ID in the file's header: "mxid". */
export const APPLICATION_ID = 0x6d786964;

/** The number of the newest migration. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Checks a file before anything is written to it.
 *
 * @throws {OutboxError} `refused` if it is not an outbox, or newer than the program.
 */
export function refuseForeign(database: DatabaseSync, file: string): void {
  const application = pragma(database, "application_id");
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_master").get()?.n;
  if (application !== APPLICATION_ID && (application !== 0 || tables !== 0)) {
    throw new OutboxError(
      "refused",
      `${file} holds the tables of another program: give this service a database of its own`,
    );
  }
  const version = pragma(database, "user_version");
  if (version > SCHEMA_VERSION) {
    throw new OutboxError(
      "refused",
      `${file} has schema version ${version}, but this program knows versions up to ` +
        `${SCHEMA_VERSION}: use the newer program that wrote it, or another file`,
    );
  }
}

/**
 * Checks that the tables are up to date. Only the owner migrates them: the running service may be
 * an older program.
 *
 * @throws {OutboxError} `refused` if the tables are older than the program.
 */
export function refuseOutdated(database: DatabaseSync, file: string): void {
  const version = pragma(database, "user_version");
  if (version >= SCHEMA_VERSION) return;
  throw new OutboxError(
    "refused",
    `${file} has schema version ${version}, but this program needs ${SCHEMA_VERSION}: start the ` +
      "service of this version once, it migrates the file",
  );
}

/** Migrates the tables; only for the owner. */
export function migrate(database: DatabaseSync, file: string): void {
  // Again: another process may have written to the file before ownership was taken.
  refuseForeign(database, file);
  const version = pragma(database, "user_version");
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < version) continue;
    try {
      database.exec(
        `BEGIN IMMEDIATE; ${migration}
         PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT;`,
      );
    } catch (error) {
      // Errors of exec() have no code. The connection is closed, and nothing has changed.
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutboxError("unavailable", `${file}: ${reason}`, { cause: error });
    }
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
