/**
 * Checks the outbox beside the service.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { postgresqlAddress } from "../../config/sections/storage.ts";
import { OutboxError } from "../../outbox/port.ts";
import { checkTables, type OutboxCheck } from "../../outbox/sql/checking/check.ts";
import { Database } from "../../outbox/sqlite/database.ts";
import { structuralProblems } from "../../outbox/sqlite/integrity.ts";
import { accessTo } from "../../outbox/sqlite/outbox.ts";
import { outboxFile, type OutboxPlatform } from "../outbox.ts";
import { named } from "./named.ts";

/**
 * Checks the outbox, and changes nothing.
 *
 * @throws {OutboxError} When it cannot be opened.
 */
export async function checkOutbox(
  settings: Pick<Settings, "storage">,
  { clock, authorities }: OutboxPlatform,
): Promise<OutboxCheck> {
  const file = outboxFile(settings);
  if (file !== undefined) {
    const database = named("sqlite", () => Database.open(file, false, true));
    await using access = accessTo(database, clock);
    const structure = structuralProblems(database);
    const { tables, problems } = await checkTables(access);
    return { tables, problems: [...new Set([...structure, ...problems])] };
  }
  const { postgresql } = settings.storage.provider;
  return await named("postgresql", async () => {
    const read = postgresqlAddress(postgresql);
    if (read.kind === "wrong") throw new OutboxError("refused", read.problem);
    // Loaded on demand, as its driver is.
    const { openPostgresAccess } = await import("../../outbox/postgresql/outbox.ts");
    const { address } = read;
    const options = { address, authorities, schema: postgresql.schema, clock };
    await using access = await openPostgresAccess(options, false);
    return await checkTables(access);
  });
}
