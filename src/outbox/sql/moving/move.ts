/**
 * Moves an outbox from one database to another: it copies all rows and compares both sides.
 *
 * Until both agree, a row of `meta` keeps services from working with the target. A move that was
 * interrupted goes on where it ended. The source is not changed.
 *
 * @module
 */

import { OutboxError } from "../../port.ts";
import type { Engine } from "../engine.ts";
import { deleteMeta, readMeta, refuseUnfinished, storeMetaText, UNFINISHED_MOVE } from "../meta.ts";
import { each, type Row, type Steps } from "../steps.ts";
import {
  canonical,
  insertRows,
  type Key,
  keyOf,
  type KeyRange,
  readRows,
  ROWS_PER_BATCH,
  type SideTable,
  sumTable,
  tablesOf,
  type TableSum,
} from "./rows.ts";
import type { Side } from "./side.ts";

/** What both sides have in the end. */
export interface Moved {
  readonly source: readonly TableSum[];
  readonly target: readonly TableSum[];
  /** Whether all counts and hashes are the same. */
  readonly agrees: boolean;
}

// A table in both databases.
interface Pair {
  readonly from: SideTable;
  readonly to: SideTable;
}

/**
 * Copies the source's rows that the target does not have.
 *
 * @throws {OutboxError} `refused` if a service works with one of them, or the target has anything else
 *   than a part of the source.
 */
export async function moveOutbox(source: Side, target: Side): Promise<Moved> {
  const pairs = pairsOf(await prepareSide(source), await prepareSide(target));
  await source.access.read(refuseUnfinished);
  const meta: Row[] = [];
  for (const { from } of pairs.filter(isMeta)) {
    meta.push(...await source.access.read((database) => readRows(database, from)));
  }
  if (await target.access.commit((database) => begin(database, pairs, meta, source.name))) {
    for (const pair of pairs) await copyTable(pair);
    for (const pair of pairs) await continueNumbers(pair);
  }
  const moved = await compare(source, target, pairs);
  if (moved.agrees) await target.access.commit((database) => deleteMeta(database, UNFINISHED_MOVE));
  return moved;
}

async function prepareSide(side: Side): Promise<readonly SideTable[]> {
  // In a transaction that writes, whose time is that of the leases.
  return await side.access.commit(function* (database, now) {
    yield* side.refuseWorking(database, now);
    return yield* tablesOf(database, side);
  });
}

function pairsOf(source: readonly SideTable[], target: readonly SideTable[]): readonly Pair[] {
  return source.map((from) => {
    const to = target.find(({ table }) => table === from.table);
    if (to && namesOf(from) === namesOf(to)) return { from, to };
    throw new OutboxError("refused", `the databases have different columns of ${from.table.name}`);
  });
}

function namesOf({ columns }: SideTable): string {
  return columns.map(({ name }) => name).join();
}

function isMeta({ from }: Pair): boolean {
  return from.table.name === "meta";
}

// Returns whether there is something to copy.
function* begin(
  database: Engine,
  pairs: readonly Pair[],
  meta: readonly Row[],
  source: string,
): Steps<boolean> {
  if ((yield* readMeta(database, UNFINISHED_MOVE)) !== undefined) return true;
  for (const { to } of pairs.filter((pair) => !isMeta(pair))) {
    const found = yield* database.get(`SELECT 1 AS found FROM ${to.table.name} LIMIT 1`);
    // It may be equal to the source already: comparing tells.
    if (found !== undefined) return false;
  }
  yield* database.run("DELETE FROM meta");
  for (const { to } of pairs.filter(isMeta)) yield* insertRows(database, to, meta);
  yield* storeMetaText(database, UNFINISHED_MOVE, source);
  return true;
}

async function copyTable({ from, to }: Pair): Promise<void> {
  let after: Key | undefined;
  do {
    const begin = after;
    const rows = await from.side.access.read((database) =>
      readRows(database, from, { after: begin })
    );
    const last = rows.at(-1);
    const until = last && rows.length === ROWS_PER_BATCH ? keyOf(from.table, last) : undefined;
    await to.side.access.commit((database) =>
      copyBatch(database, to, rows, { after: begin, until })
    );
    after = until;
  } while (after !== undefined);
}

// The last batch has a range without end.
function* copyBatch(
  database: Engine,
  to: SideTable,
  rows: readonly Row[],
  range: KeyRange,
): Steps<void> {
  const missing = new Map(rows.map((row) => [canonical(to, row), row]));
  for (const row of yield* readRows(database, to, range)) {
    if (missing.delete(canonical(to, row))) continue;
    const { name, key } = to.table;
    throw new OutboxError(
      "refused",
      `the target has other contents than the source (${name}, ${key.join(", ")} ` +
        `${keyOf(to.table, row).join(", ")}): give it an empty database. Nothing was deleted`,
    );
  }
  yield* insertRows(database, to, [...missing.values()]);
}

// People name rows by their numbers, and emails that come back do: none is used twice.
async function continueNumbers({ from, to }: Pair): Promise<void> {
  const { name, key } = from.table;
  if (!key.includes("id")) return;
  const last = await from.side.access.read(function* (database) {
    const row = yield* database.get(`SELECT max(id) AS id FROM ${name}`);
    return Math.max(Number(row?.id ?? 0), (yield* from.side.lastId(database, name)) ?? 0);
  });
  await to.side.access.commit((database) => to.side.continueAfter(database, name, last));
}

async function compare(source: Side, target: Side, pairs: readonly Pair[]): Promise<Moved> {
  const sum = (side: Side, tables: readonly SideTable[]) =>
    // In one read, which sees one state.
    side.access.read((database) => each(tables, (table) => sumTable(database, table)));
  const sums = {
    source: await sum(source, pairs.map(({ from }) => from)),
    target: await sum(target, pairs.map(({ to }) => to)),
  };
  const agrees = sums.source.every(({ rows, hash }, index) => {
    const other = sums.target[index];
    return other?.rows === rows && other.hash === hash;
  });
  return { ...sums, agrees };
}
