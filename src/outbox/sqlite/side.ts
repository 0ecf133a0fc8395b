/**
 * An SQLite file that an outbox is moved from, or to.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { OutboxError } from "../port.ts";
import type { Column, Side } from "../sql/moving/side.ts";
import type { Value } from "../sql/steps.ts";
import { Database } from "./database.ts";
import { accessTo } from "./outbox.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Opens the file as its owner, and migrates its tables.
 *
 * @param isTarget Whether the file is created if it is missing.
 * @throws {OutboxError} `refused` if a service has it open, it is missing or is not an outbox.
 */
export function openSqliteSide(file: string, clock: Clock, isTarget: boolean): Side {
  if (!isTarget) refuseMissing(file);
  const database = Database.open(file, true, true);
  const access = accessTo(database, clock);
  return {
    name: "sqlite",
    access,
    // Its owner's lock does.
    *refuseWorking() {},
    *columns(database, table) {
      const rows = yield* database.all("SELECT name, type FROM pragma_table_info(?)", table);
      return rows.map(({ name, type }): Column => ({ name: String(name), type: String(type) }));
    },
    select: selected,
    read: (column, value) =>
      isText(column) && value instanceof Uint8Array ? UTF8.decode(value) : value as Value,
    write(table, { name }, row) {
      const value = row[name] as Value;
      // The key of an address is the bytes of its hash there.
      const isHash = table === "kept_slots" && name === "key" && row.parked === "address";
      return isHash && typeof value === "string" ? Uint8Array.fromHex(value) : value;
    },
    *lastId(database, table) {
      const row = yield* database.get("SELECT seq FROM sqlite_sequence WHERE name = ?", table);
      return row && Number(row.seq);
    },
    *continueAfter(database, table, id) {
      // Inserting made the row, unless the table is empty, or continues after the rows that it has.
      const keeps = "SELECT 1 FROM sqlite_master WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'";
      yield* database.run(
        `INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0 WHERE EXISTS (${keeps})
           AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)`,
        table,
      );
      yield* database.run(
        "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2",
        table,
        id,
      );
    },
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}

function isText({ type }: Column): boolean {
  return type === "TEXT" || type === "ANY";
}

// As bytes: the driver ends a text at U+0000.
function selected(column: Column): string {
  const { name, type } = column;
  if (!isText(column)) return name;
  const text = type === "ANY"
    ? `CASE typeof(${name}) WHEN 'blob' THEN lower(hex(${name})) ELSE ${name} END`
    : name;
  return `CAST(${text} AS BLOB)`;
}

function refuseMissing(file: string): void {
  try {
    Deno.statSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return;
    throw new OutboxError("refused", `${file} does not exist: there is nothing to move`, {
      cause: error,
    });
  }
}
