/**
 * Keeps the address hashes of open mails in step with the secret, in SQLite.
 *
 * @module
 */

import { isSameHash } from "../suppressed.ts";
import type { StopHash } from "../suppressions.ts";
import type { Database } from "./database.ts";

const MAILS_PER_TRANSACTION = 1000;

/**
 * Hashes the addresses of all open mails again if the stored hashes were made with another secret,
 * or are missing. If that is interrupted, the fingerprint stays, and the next start begins again.
 */
export function refreshAddressHashes(database: Database, hash: StopHash): void {
  // The hash of no address identifies the secret without revealing it.
  const fingerprint = hash("address", "");
  const stored = database.read(() => readFingerprint(database));
  if (isSameHash(stored, fingerprint)) return;
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    after = database.transaction(() => hashSlice(database, hash, from));
  }
  database.transaction(() =>
    database.run("INSERT OR REPLACE INTO meta VALUES ('address_hash_key', ?)", fingerprint)
  );
}

function readFingerprint(database: Database): Uint8Array | undefined {
  const row = database.get("SELECT value FROM meta WHERE key = 'address_hash_key'");
  return row?.value as Uint8Array | undefined;
}

// Returns the last ID of the slice; undefined if there was none.
function hashSlice(database: Database, hash: StopHash, after: number): number | undefined {
  const rows = database.all(
    `SELECT id, address_key FROM mails WHERE id > ? AND state IN ('queued', 'sending')
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  );
  for (const { id, address_key } of rows) {
    database.run(
      "UPDATE mails SET address_hash = ? WHERE id = ?",
      hash("address", address_key as string),
      id as number,
    );
  }
  return rows.at(-1)?.id as number | undefined;
}
