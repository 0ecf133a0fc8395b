/**
 * Brings the tables of the PostgreSQL outbox up to date.
 *
 * @module
 */

import { formatEndpoint } from "../../net/endpoint.ts";
import { SECOND } from "../../settings/duration.ts";
import { openLog } from "../../system/log_events.ts";
import { OutboxError } from "../port.ts";
import { ALL } from "../sql/access.ts";
import type { Connection } from "./connection.ts";
import { drive, postgresEngine } from "./engine.ts";
import { failureOf, StatementError } from "./errors.ts";
import { SCHEMA_LOCKS } from "./locks.ts";
import type { WaitOptions } from "./reach.ts";
import { MIGRATIONS, SCHEMA_VERSION } from "./tables.ts";
import { announceUpgrade, endUpgrade, isAnythingHeld } from "./upgrade.ts";

const log = openLog("outbox");

const MIN_SERVER_VERSION = 130_000;
const HELD_PAUSE_MS = SECOND / 2;
// While it waits for others' transactions, theirs wait for it: then it is tried again later.
const BEGIN_MIGRATING = "BEGIN; SET LOCAL lock_timeout TO '5s'; SET LOCAL statement_timeout TO 0";

/**
 * Refuses tables that a newer program has made.
 *
 * @throws {OutboxError} `refused`, if they are newer.
 */
export function refuseNewer(version: number, schema: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new OutboxError(
    "refused",
    `the schema "${schema}" has version ${version}, but this program knows versions up to ` +
      `${SCHEMA_VERSION}: use the newer program that made it, or another schema`,
  );
}

/**
 * The statements of all migrations, for an administrator who applies them by hand. Those that were applied
 * already are skipped.
 */
export function migrationScript(schema: string): string {
  return [
    "BEGIN;",
    `SELECT pg_advisory_xact_lock(${SCHEMA_LOCKS}, hashtext('${schema}'));`,
    // Without IF, so that a user who may not create schemas can use one that exists.
    onlyIf(`to_regnamespace('"${schema}"') IS NULL`, `  CREATE SCHEMA "${schema}";`),
    `SET LOCAL search_path TO "${schema}", pg_temp;`,
    ...MIGRATIONS.map((sql, index) => onlyIf(isMissing(index + 1), statementsOf(index + 1, sql))),
    "COMMIT;",
    "",
  ].join("\n");
}

function isMissing(number: number): string {
  return number === 1
    ? "to_regclass('migrations') IS NULL"
    : `NOT EXISTS (SELECT 1 FROM migrations WHERE number = ${number})`;
}

function onlyIf(condition: string, statements: string): string {
  return `DO $migration$ BEGIN IF ${condition} THEN\n${statements}\nEND IF; END $migration$;`;
}

function statementsOf(number: number, sql: string): string {
  return `${sql.trimEnd()}\n  INSERT INTO migrations (number) VALUES (${number});`;
}

/**
 * Checks the server and creates or migrates the tables, once no service of an older program holds anything.
 *
 * @param mayMigrate Whether this process is the service; a command only checks.
 * @throws {OutboxError} `refused` if the server or the tables cannot be used.
 */
export async function prepareTables(
  connection: Connection,
  schema: string,
  mayMigrate: boolean,
  waiting: WaitOptions,
): Promise<void> {
  try {
    await refuseUnsafe(connection);
    if (await versionOf(connection, schema) === SCHEMA_VERSION) return;
    if (!mayMigrate) {
      throw new OutboxError(
        "refused",
        `the schema "${schema}" has no tables of this version: start the service of this version ` +
          "once, it creates or migrates them",
      );
    }
    await migrate(connection, schema, waiting);
  } catch (error) {
    throw error instanceof StatementError ? failureOf(error) : error;
  }
}

async function refuseUnsafe(connection: Connection): Promise<void> {
  const where = `PostgreSQL at ${formatEndpoint(connection.endpoint)}`;
  const { rows: [row] } = await connection.query({
    sql: `SELECT CAST(current_setting('server_version_num') AS bigint) AS version,
      current_setting('server_version') AS name,
      current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commits,
      current_setting('server_encoding') AS encoding`,
    values: [],
  });
  const refuse = (problem: string) => {
    throw new OutboxError("refused", `${where} ${problem}`);
  };
  if (Number(row?.version) < MIN_SERVER_VERSION) {
    refuse(`has version ${row?.name}: this program needs 13 or newer`);
  }
  if (row?.fsync === "off") {
    refuse("has fsync = off: what it has accepted would be lost in a power failure. Switch it on");
  }
  if (row?.encoding !== "UTF8") {
    refuse(
      `stores texts of this database as ${row?.encoding}: create a database with ENCODING 'UTF8'`,
    );
  }
  if (row?.commits === "off") {
    log.warn("commits are not synchronous", {
      advice: "set synchronous_commit to on for this service's user: invites that the homeserver " +
        "was told are stored would be lost in a power failure",
    });
  }
}

// 0 if the schema has no tables.
async function versionOf(connection: Connection, schema: string): Promise<number> {
  const { rows: [found] } = await connection.query({
    sql: `SELECT
        EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?1) AS schema,
        (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = ?1 AND relkind IN ('r', 'p')) AS tables,
        (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = ?1 AND relname IN ('migrations', 'invitations', 'mails')) AS ours`,
    values: [schema],
  });
  if (found?.tables === 0) return 0;
  if (found?.ours !== 3) {
    throw new OutboxError(
      "refused",
      `the schema "${schema}" has the tables of another program: name another one in ` +
        "storage.provider.postgresql.schema, which the service will create",
    );
  }
  const { rows: [row] } = await connection.query({
    sql: `SELECT COALESCE(max(number), 0) AS version FROM "${schema}".migrations`,
    values: [],
  });
  const version = Number(row?.version);
  refuseNewer(version, schema);
  return version;
}

async function migrate(
  connection: Connection,
  schema: string,
  waiting: WaitOptions,
): Promise<void> {
  const { clock, signal, onWaiting } = waiting;
  try {
    await createSchema(connection, schema);
    for (let isTold = false; !await migrateUnlessHeld(connection, schema); isTold = true) {
      if (!isTold) log.warn("waiting for services of an older program", { schema });
      onWaiting?.();
      await clock.sleep(HELD_PAUSE_MS, signal);
      if (signal?.aborted) throw new OutboxError("unavailable", "the start was interrupted");
    }
  } catch (error) {
    await connection.script("ROLLBACK").catch(() => connection.destroy());
    if (!(error instanceof StatementError) || error.state !== "42501") throw error;
    throw mayNotMigrate(schema, error.message, error);
  }
}

// In one transaction, which nobody's claims can come between.
async function migrateUnlessHeld(connection: Connection, schema: string): Promise<boolean> {
  const { rows: [begun] } = await connection.script(
    `${BEGIN_MIGRATING}; SELECT pg_advisory_xact_lock(${SCHEMA_LOCKS}, hashtext('${schema}'));
     SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now`,
  );
  const now = Number(begun?.now);
  // Another process may have done it meanwhile.
  const version = await versionOf(connection, schema);
  await connection.script(`SET LOCAL search_path TO "${schema}", pg_temp`);
  const database = postgresEngine({ invitations: new Set(), mails: new Set() }, schema, ALL);
  const isOlder = version > 0 && version < SCHEMA_VERSION;
  if (isOlder) await refuseOthersTables(connection, schema);
  const isHeld = isOlder && await drive(connection, isAnythingHeld(database, now));
  if (isHeld) {
    await drive(connection, announceUpgrade(database, now));
  } else {
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index >= version) await connection.script(statementsOf(index + 1, sql));
    }
    await drive(connection, endUpgrade(database));
  }
  await connection.script("COMMIT");
  if (isOlder && !isHeld) {
    log.info("tables migrated", { schema, from: version, to: SCHEMA_VERSION });
  }
  return !isHeld;
}

// Before the services of an older program are asked to end: this one could not take over.
async function refuseOthersTables(connection: Connection, schema: string): Promise<void> {
  const { rows: [row] } = await connection.query({
    sql: `SELECT (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = ?1)
        AND NOT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = ?1 AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE')) AS may`,
    values: [schema],
  });
  if (row?.may !== 1) throw mayNotMigrate(schema, "it does not own them");
}

function mayNotMigrate(schema: string, reason: string, cause?: unknown): OutboxError {
  return new OutboxError(
    "refused",
    `the user may not create or change the tables in the schema "${schema}" (${reason}): let the ` +
      "database's owner run what appservice-mxisd storage migrations --sql prints, and grant the " +
      "rights that the documentation names",
    { cause },
  );
}

async function createSchema(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.query({
    sql: "SELECT 1 AS found FROM pg_namespace WHERE nspname = ?",
    values: [schema],
  });
  if (rows.length > 0) return;
  try {
    await connection.script(`CREATE SCHEMA "${schema}"`);
  } catch (error) {
    // Another process was faster: duplicate schema, or the same name at the same moment.
    if (error instanceof StatementError && ["42P06", "23505"].includes(error.state ?? "")) return;
    throw error;
  }
}
