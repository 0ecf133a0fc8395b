/**
 * Moves the outbox from one kind of database to another.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { postgresqlAddress } from "../../config/sections/storage.ts";
import { OutboxError } from "../../outbox/port.ts";
import { type Moved, moveOutbox } from "../../outbox/sql/moving/move.ts";
import type { Side } from "../../outbox/sql/moving/side.ts";
import { openSqliteSide } from "../../outbox/sqlite/side.ts";
import type { OutboxPlatform } from "../outbox.ts";
import { named } from "./named.ts";

/** The kinds of databases, as `storage.backend` has them. */
export type Backend = Settings["storage"]["backend"];

/**
 * Copies everything from the one that is below `storage.provider` to the other one, and compares both.
 * `storage.backend` does not matter.
 *
 * @throws {OutboxError} When one of them cannot be used, is in use, or the target has other contents.
 */
export async function moveStorage(
  settings: Pick<Settings, "storage">,
  platform: OutboxPlatform,
  from: Backend,
  to: Backend,
): Promise<Moved> {
  await using source = await open(settings, platform, from, false);
  await using target = await open(settings, platform, to, true);
  return await moveOutbox(source, target);
}

async function open(
  { storage: { provider } }: Pick<Settings, "storage">,
  { clock, authorities }: OutboxPlatform,
  backend: Backend,
  isTarget: boolean,
): Promise<Side> {
  return await named(backend, async () => {
    if (backend === "sqlite") {
      const file = provider.sqlite.database;
      if (file === undefined) throw new OutboxError("refused", "is missing");
      return openSqliteSide(file, clock, isTarget);
    }
    if (!provider.postgresql.database?.reveal()) throw new OutboxError("refused", "is missing");
    const read = postgresqlAddress(provider.postgresql);
    if (read.kind === "wrong") throw new OutboxError("refused", read.problem);
    // Loaded on demand, as its driver is.
    const { openPostgresSide } = await import("../../outbox/postgresql/side.ts");
    const { address } = read;
    return await openPostgresSide({
      address,
      authorities,
      schema: provider.postgresql.schema,
      clock,
    });
  });
}
