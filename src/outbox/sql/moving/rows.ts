/**
 * Reads, writes and compares the rows of any table.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { OutboxError } from "../../port.ts";
import type { Engine } from "../engine.ts";
import { UNFINISHED_MOVE } from "../meta.ts";
import type { Row, Steps, Value } from "../steps.ts";
import type { Column, Side } from "./side.ts";
import { MOVED_TABLES, type MovedTable } from "./tables.ts";

/** How many rows are read or written at once. */
export const ROWS_PER_BATCH = 500;

/** The primary key of a row. */
export type Key = readonly Value[];

/** A range of primary keys, without its beginning and with its end. */
export interface KeyRange {
  readonly after?: Key | undefined;
  readonly until?: Key | undefined;
}

/** A table in one of the databases. */
export interface SideTable {
  readonly side: Side;
  readonly table: MovedTable;
  /** Sorted by name. */
  readonly columns: readonly Column[];
}

/** How many rows a table has, and a hash of all of them, by primary key. */
export interface TableSum {
  readonly table: string;
  readonly rows: number;
  /** SHA-256, as hexadecimal digits. */
  readonly hash: string;
}

/** Looks up the columns of all tables. */
export function* tablesOf(database: Engine, side: Side): Steps<readonly SideTable[]> {
  const tables: SideTable[] = [];
  for (const table of MOVED_TABLES) {
    const columns = [...yield* side.columns(database, table.name)];
    columns.sort((one, other) => one.name < other.name ? -1 : 1);
    tables.push({ side, table, columns });
  }
  return tables;
}

/** Reads rows by primary key, at most a batch. What tells of an unfinished move is none of them. */
export function* readRows(
  database: Engine,
  { side, table, columns }: SideTable,
  { after, until }: KeyRange = {},
): Steps<readonly Row[]> {
  const names = table.key.map((name) => `${table.name}.${name}`).join(", ");
  const places = table.key.map(() => "?").join(", ");
  const conditions = [
    ...after ? [`(${names}) > (${places})`] : [],
    ...until ? [`(${names}) <= (${places})`] : [],
    ...table.name === "meta" ? [`key <> '${UNFINISHED_MOVE}'`] : [],
  ];
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const selected = columns.map((column) => `${side.select(column)} AS ${column.name}`);
  const rows = yield* database.all(
    `SELECT ${selected.join(", ")} FROM ${table.name} ${where} ORDER BY ${names} LIMIT ?`,
    ...after ?? [],
    ...until ?? [],
    ROWS_PER_BATCH,
  );
  return rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column.name, side.read(column, row[column.name])]))
  );
}

/** Inserts rows. */
export function* insertRows(
  database: Engine,
  { side, table, columns }: SideTable,
  rows: readonly Row[],
): Steps<void> {
  if (rows.length === 0) return;
  const places = `(${columns.map(() => "?").join(", ")})`;
  yield* database.run(
    `INSERT INTO ${table.name} (${columns.map(({ name }) => name).join(", ")})
     VALUES ${rows.map(() => places).join(", ")}`,
    ...rows.flatMap((row) => columns.map((column) => side.write(table.name, column, row))),
  );
}

/** The primary key of a row. */
export function keyOf({ key }: MovedTable, row: Row): Key {
  return key.map((name) => row[name] as Value);
}

/**
 * A row as a text that is the same for the same row in each database.
 *
 * @throws {OutboxError} `refused` if a number is too large to be read exactly.
 */
export function canonical({ table, columns }: SideTable, row: Row): string {
  return JSON.stringify(columns.map(({ name }) => {
    const value = row[name];
    if (typeof value === "string") return value;
    if (value instanceof Uint8Array) return { bytes: value.toHex() };
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      const where = `${table.name}, ${table.key.join(", ")} ${keyOf(table, row).join(", ")}`;
      throw new OutboxError("refused", `${where}: ${name} is a number beyond 2^53: correct it`);
    }
    return value;
  }));
}

/** Counts and hashes the rows of a table. */
export function* sumTable(database: Engine, sideTable: SideTable): Steps<TableSum> {
  const { table, columns } = sideTable;
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify([table.name, ...columns.map(({ name }) => name)])}\n`);
  let count = 0;
  let after: Key | undefined;
  do {
    const rows: readonly Row[] = yield* readRows(database, sideTable, { after });
    for (const row of rows) hash.update(`${canonical(sideTable, row)}\n`);
    count += rows.length;
    const last = rows.at(-1);
    after = last && keyOf(table, last);
  } while (after !== undefined);
  return { table: table.name, rows: count, hash: hash.digest("hex") };
}
