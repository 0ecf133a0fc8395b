/**
 * Looks up room names in Synapse's database, as mxisd did.
 *
 * @module
 */

import type { RoomDirectory } from "../port.ts";
import { openSqliteDatabase } from "./sqlite.ts";

const ROOM = "SELECT name, canonical_alias FROM room_stats_state WHERE room_id = ?";

/** The rooms in Synapse's SQLite database. */
export function openSynapseRooms(file: string): RoomDirectory {
  const database = openSqliteDatabase("synapseSql", file);
  return {
    findRoom: (roomId) =>
      database.read(async (query) => {
        const [row] = await query(ROOM, roomId);
        const name = textOf(row?.name);
        const alias = textOf(row?.canonical_alias);
        return name === undefined && alias === undefined ? undefined : { name, alias };
      }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
