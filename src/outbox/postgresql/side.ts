/**
 * A PostgreSQL schema that an outbox is moved from, or to.
 *
 * @module
 */

import { OutboxError } from "../port.ts";
import { readMeta, UNFINISHED_MOVE } from "../sql/meta.ts";
import type { Column, Side } from "../sql/moving/side.ts";
import type { Value } from "../sql/steps.ts";
import { channelOf, openPostgresAccess, type PostgresOutboxOptions } from "./outbox.ts";
import { isAnythingHeld } from "./upgrade.ts";

/**
 * Opens the schema, and creates or migrates its tables.
 *
 * @throws {OutboxError} `refused` if the server, the login or the tables cannot be used.
 */
export async function openPostgresSide(
  options: Pick<PostgresOutboxOptions, "address" | "authorities" | "schema" | "clock">,
): Promise<Side> {
  const { schema } = options;
  const access = await openPostgresAccess(options, true);
  const refuse = (problem: string) => {
    throw new OutboxError("refused", `the schema "${schema}" ${problem}`);
  };
  return {
    name: "postgresql",
    access,
    *refuseWorking(database, now) {
      // A service that waits has this as its last statement.
      const listening = yield* database.get(
        `SELECT 1 AS found FROM pg_stat_activity
         WHERE datname = current_database() AND query = CAST(? AS text) LIMIT 1`,
        `LISTEN "${channelOf(schema)}"`,
      );
      if (listening) refuse("is in use by a running service: stop all that have it");
      // Leases that were copied say nothing.
      if ((yield* readMeta(database, UNFINISHED_MOVE)) !== undefined) return;
      if (yield* isAnythingHeld(database, now)) {
        refuse(
          "is in use by a service that runs, or was killed less than two minutes ago: stop all " +
            "that have it, and try again after that time",
        );
      }
    },
    *columns(database, table) {
      const rows = yield* database.all(
        `SELECT CAST(attname AS text) AS name, format_type(atttypid, NULL) AS type
         FROM pg_attribute WHERE attrelid = CAST(CAST(? AS text) AS regclass) AND attnum > 0
           AND NOT attisdropped`,
        table,
      );
      return rows.map(({ name, type }): Column => ({ name: String(name), type: String(type) }));
    },
    select: ({ name }) => name,
    // SQLite has no halves of surrogate pairs.
    read: (_, value) => typeof value === "string" ? value.toWellFormed() : value as Value,
    write: (_, { name }, row) => row[name] as Value,
    *lastId(database, table) {
      const row = yield* database.get(
        `SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(?, 'id') AS regclass)) AS id`,
        table,
      );
      return row && Number(row.id ?? 0);
    },
    *continueAfter(database, table, id) {
      if (id === 0) return;
      yield* database.get(
        `SELECT setval(CAST(pg_get_serial_sequence(?1, 'id') AS regclass), ?2) AS id
         WHERE COALESCE(pg_sequence_last_value(
           CAST(pg_get_serial_sequence(?1, 'id') AS regclass)), 0) < ?2`,
        table,
        id,
      );
    },
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}
