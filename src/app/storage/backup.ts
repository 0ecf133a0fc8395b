/**
 * Copies the outbox while a service works with it.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { postgresqlAddress } from "../../config/sections/storage.ts";
import { OutboxError } from "../../outbox/port.ts";
import type { SqliteBackup } from "../../outbox/sqlite/backup.ts";
import { Database } from "../../outbox/sqlite/database.ts";
import { outboxFile } from "../outbox.ts";
import { named } from "./named.ts";

type Storage = Pick<Settings, "storage" | "tls">;

/** What became of a backup: on a server another program makes it. */
export type Backup =
  | { readonly kind: "copied"; readonly copy: SqliteBackup }
  | { readonly kind: "server"; readonly command: string };

/**
 * Copies the outbox to a new file, also while the service runs.
 *
 * @throws {OutboxError} When the outbox cannot be read, or the file exists or cannot be written.
 */
export async function backUpOutbox(settings: Storage, target: string): Promise<Backup> {
  const file = outboxFile(settings);
  if (file === undefined) return { kind: "server", command: dumpCommand(settings, target) };
  using database = named("sqlite", () => Database.open(file, false, true));
  return { kind: "copied", copy: await database.backUp(target) };
}

// Without the password, for which pg_dump asks, or looks in its own file.
function dumpCommand({ storage: { provider }, tls: { ca } }: Storage, target: string): string {
  const { postgresql } = provider;
  const read = postgresqlAddress(postgresql);
  if (read.kind === "wrong") throw new OutboxError("refused", read.problem);
  const { endpoints, user, database, tls } = read.address;
  const variables = {
    PGSSLMODE: tls === "off" ? "disable" : tls,
    ...tls.startsWith("verify") && ca !== undefined ? { PGSSLROOTCERT: ca } : {},
  };
  const options = {
    format: "custom",
    schema: postgresql.schema,
    file: target,
    // Several hosts are lists, as libpq has them.
    host: endpoints.map(({ host }) => host).join(","),
    port: endpoints.map(({ port }) => port).join(","),
    username: user,
    dbname: database,
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`),
    "pg_dump",
    ...Object.entries(options).map(([name, value]) => shellWord(`--${name}=${value}`)),
  ].join(" ");
}

function shellWord(word: string): string {
  return /^[\w./:,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
