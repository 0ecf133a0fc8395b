/**
 * Keeps the address hashes of open mails in step with the secret, in SQLite.
 *
 * @module
 */

import { StoredRow } from "../stored_row.ts";
import { isSameHash } from "../suppressed.ts";
import type { StopHash } from "../suppressions.ts";
import { guardRow } from "./damage.ts";
import type { Database } from "./database.ts";

const MAILS_PER_TRANSACTION = 1000;

/**
 * Hashes the addresses of all open mails again if the stored hashes were made with another secret,
 * or are missing. If that is interrupted, the fingerprint stays, and the next start begins again.
 */
export function refreshAddressHashes(database: Database, hash: StopHash, now: number): void {
  // The hash of no address identifies the secret without revealing it.
  const fingerprint = hash("address", "");
  const stored = database.read(() => readFingerprint(database));
  if (isSameHash(stored, fingerprint)) return;
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    after = database.transaction(() => hashSlice(database, hash, from, now));
  }
  database.transaction(() =>
    database.run("INSERT OR REPLACE INTO meta VALUES ('address_hash_key', ?)", fingerprint)
  );
}

function readFingerprint(database: Database): Uint8Array | undefined {
  const row = database.get("SELECT value FROM meta WHERE key = 'address_hash_key'");
  return row?.value instanceof Uint8Array ? row.value : undefined;
}

// Returns the last ID of the slice; undefined if there was none.
function hashSlice(
  database: Database,
  hash: StopHash,
  after: number,
  now: number,
): number | undefined {
  const rows = database.all(
    `SELECT id, address_key FROM mails WHERE id > ? AND state IN ('queued', 'sending')
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  );
  for (const row of rows) {
    const id = row.id as number;
    const key = guardRow(
      database,
      "mails",
      id,
      now,
      () => new StoredRow("mails", id, row).text("address_key"),
    );
    if (key === undefined) continue;
    const addressHash = hash("address", key);
    guardRow(database, "mails", id, now, () => {
      database.run("UPDATE mails SET address_hash = ? WHERE id = ?", addressHash, id);
    });
  }
  return rows.at(-1)?.id as number | undefined;
}
