/**
 * Tells which permissions a service needs while it runs.
 *
 * @module
 */

import type { Settings, StoreName } from "../../config/sections/settings.ts";
import { transportKind } from "../../config/sections/transport_kind.ts";
import type { Needs } from "../permissions.ts";

/** What a service with this configuration needs. */
export function needsOf(
  { settings, storesInOrder }: {
    readonly settings: Settings;
    readonly storesInOrder: readonly StoreName[];
  },
): Needs {
  const transport = transportKind(settings);
  return {
    read: settings.server.reload || readsFiles(settings, storesInOrder) || transport === "file",
    write: transport === "file",
    run: storesInOrder.includes("exec") || transport === "sendmail",
  };
}

// SQLite and a file of people are read from disk; the other databases are servers.
function readsFiles(settings: Settings, storesInOrder: readonly StoreName[]): boolean {
  if (storesInOrder.includes("memory") && settings.memory.file !== undefined) return true;
  if (storesInOrder.includes("sql") && settings.sql.type === "sqlite") return true;
  const isWordpressFile = settings.wordpress.sql.type === "sqlite";
  if (storesInOrder.includes("wordpress") && isWordpressFile) return true;
  // Rooms are looked up in Synapse's database even if people are not.
  const { type, connection } = settings.synapseSql;
  return type === "sqlite" && connection !== undefined;
}
