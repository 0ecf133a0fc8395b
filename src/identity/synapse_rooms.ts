/**
 * The names of rooms in Synapse's database, as mxisd looked them up there.
 *
 * @module
 */

import type { RoomDirectory } from "./port.ts";
import { readSqlite } from "./sqlite_reader.ts";

const ROOM = "SELECT name, canonical_alias FROM room_stats_state WHERE room_id = ?";

/** The rooms in Synapse's SQLite database. */
export function openSynapseRooms(file: string): RoomDirectory {
  return {
    findRoom: (roomId) =>
      readSqlite("synapseSql", file, (query) => {
        const [row] = query(ROOM, roomId);
        const name = textOf(row?.name);
        const alias = textOf(row?.canonical_alias);
        if (name === undefined && alias === undefined) return Promise.resolve(undefined);
        return Promise.resolve({
          ...(name === undefined ? {} : { name }),
          ...(alias === undefined ? {} : { alias }),
        });
      }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
