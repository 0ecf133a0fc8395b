/**
 * Opens the database of a section.
 *
 * @module
 */

import { readServerAddress } from "../../database/server_address.ts";
import { StoreError } from "../port.ts";
import type { SqlDatabase } from "./port.ts";
import type { DatabaseSettings } from "./section.ts";
import { openServerDatabase, type ServerDependencies } from "./server_database.ts";
import { openSqliteDatabase } from "./sqlite.ts";

/**
 * Opens the database of a section. It connects when it is read first.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openDatabase(
  store: string,
  { type, connection }: DatabaseSettings,
  dependencies: ServerDependencies,
): SqlDatabase {
  const text = connection?.reveal();
  if (type === undefined || !text) {
    throw new StoreError(
      store,
      "misconfigured",
      "the type of database or the connection is missing",
    );
  }
  if (type === "sqlite") return openSqliteDatabase(store, text);
  const read = readServerAddress(text, type);
  if (read.kind === "wrong") throw new StoreError(store, "misconfigured", read.problem);
  return openServerDatabase(store, type, read.address, dependencies);
}
