/**
 * Checks an outbox beside the service, and changes nothing.
 *
 * @module
 */

import { OutboxError } from "../../port.ts";
import type { Access } from "../access.ts";
import { readSecret } from "../meta.ts";
import { MOVED_TABLES } from "../moving/tables.ts";
import { damagedRows, READ_TABLES } from "./rows.ts";

/** What an outbox has, and what is wrong with it. */
export interface OutboxCheck {
  readonly tables: readonly TableCount[];
  /** A sentence each. */
  readonly problems: readonly string[];
}

/** How many rows a table has; `undefined` if they cannot be read. */
export interface TableCount {
  readonly table: string;
  readonly rows: number | undefined;
}

/** Counts the rows of all tables, and reads those of the tables that the service parses. */
export async function checkTables(access: Pick<Access, "read">): Promise<OutboxCheck> {
  const problems: string[] = [];

  // A damaged file hides no problem of another table.
  async function unlessRefused<Result>(reading: Promise<Result>): Promise<Result | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof OutboxError) || error.kind !== "refused") throw error;
      if (!problems.includes(error.message)) problems.push(error.message);
      return undefined;
    }
  }

  await unlessRefused(access.read(readSecret));
  const tables: TableCount[] = [];
  for (const { name } of MOVED_TABLES) {
    const row = await unlessRefused(
      access.read((database) => database.get(`SELECT count(*) AS rows FROM ${name}`)),
    );
    tables.push({ table: name, rows: row && Number(row.rows) });
  }
  for (const table of READ_TABLES) {
    const damaged = await unlessRefused(access.read((database) => damagedRows(database, table)));
    problems.push(...damaged?.map(({ message }) => message) ?? []);
  }
  return { tables, problems };
}
