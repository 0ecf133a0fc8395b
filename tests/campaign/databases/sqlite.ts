/**
 * SQLite: a file.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { runToEnd } from "../../process/run_to_end.ts";
import type { CampaignDatabase } from "../database.ts";
import { fillDisk } from "./full_disk.ts";

const DISK_MIB = 256;
const BUSY_MS = 10_000;

/** Makes the folder `data` for the file. */
export async function sqliteDatabase(folder: string): Promise<CampaignDatabase> {
  const data = `${folder}/data`;
  const file = `${data}/outbox.db`;
  await Deno.mkdir(data);
  // In memory where that is possible, so that commits do not wait for a disk that others use: kills
  // lose nothing of it either.
  const mount = ["mount", "-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "none", data] as const;
  const isMounted = (await runToEnd(mount)).code === 0;
  return {
    storage: { provider: { sqlite: { database: file } } },
    // The next process takes over at once.
    lease: 0,
    outages: {
      locked: {
        // deno-lint-ignore require-await
        "by a writer": async () => {
          const database = new DatabaseSync(file, { timeout: BUSY_MS });
          database.exec("BEGIN IMMEDIATE");
          // deno-lint-ignore require-await
          return { [Symbol.asyncDispose]: async () => database.close() };
        },
      },
      disk: {
        full: () => {
          if (!isMounted) throw new Error("only root has a disk that can be filled");
          return fillDisk(data);
        },
      },
    },
    passLease: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      if (isMounted) await runToEnd(["umount", data]);
    },
  };
}
