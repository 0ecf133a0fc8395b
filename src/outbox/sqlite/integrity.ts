/**
 * Checks the structure of an SQLite file.
 *
 * @module
 */

import { OutboxError } from "../port.ts";
import type { Database } from "./database.ts";

const MAX_PROBLEMS = 100;

/** What is wrong with the file's structure, and which rows refer to rows that are missing. */
export function structuralProblems(database: Database): readonly string[] {
  try {
    return database.read(function* (tables) {
      const damage = yield* tables.all(`PRAGMA integrity_check(${MAX_PROBLEMS})`);
      const missing = yield* tables.all("PRAGMA foreign_key_check");
      return [
        ...damage.map((row) => String(row.integrity_check)).filter((line) => line !== "ok"),
        ...missing.slice(0, MAX_PROBLEMS).map((row) =>
          `a row of ${row.table} refers to a row of ${row.parent} that is missing`
        ),
      ];
    });
  } catch (error) {
    if (!(error instanceof OutboxError) || error.kind !== "refused") throw error;
    return [error.message];
  }
}
