/**
 * Keeps the address hashes of open mails in step with the secret.
 *
 * @module
 */

import { StoredRow } from "../stored_row.ts";
import { isSameHash } from "../suppressed.ts";
import type { StopHash } from "../suppressions.ts";
import { guardParsing, guardRow } from "./damage.ts";
import type { Engine } from "./engine.ts";
import { readMeta, storeMeta } from "./meta.ts";
import type { Steps } from "./steps.ts";
import { commit, read, type Transactions } from "./transactions.ts";

const FINGERPRINT = "address_hash_key";
const MAILS_PER_TRANSACTION = 1000;

/**
 * Hashes the addresses of all open mails again if the stored hashes were made with another secret,
 * or are missing. If that is interrupted, the fingerprint stays, and the next start begins again.
 */
export function* refreshAddressHashes(hash: StopHash): Transactions<void> {
  // The hash of no address identifies the secret without revealing it.
  const fingerprint = hash("address", "");
  const stored = yield* read((database) => readMeta(database, FINGERPRINT));
  if (isSameHash(stored, fingerprint)) return;
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    after = yield* commit((database, now) => hashSlice(database, hash, from, now));
  }
  yield* commit((database) => storeMeta(database, FINGERPRINT, fingerprint));
}

// Returns the last ID of the slice; undefined if there was none.
function* hashSlice(
  database: Engine,
  hash: StopHash,
  after: number,
  now: number,
): Steps<number | undefined> {
  const rows = yield* database.all(
    `SELECT id, address_key FROM mails WHERE id > ? AND state IN ('queued', 'sending')
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  );
  for (const row of rows) {
    const id = row.id as number;
    const parse = () => new StoredRow("mails", id, row).text("address_key");
    const key = yield* guardParsing(database, "mails", id, now, parse);
    if (key === undefined) continue;
    const addressHash = hash("address", key);
    yield* guardRow(
      database,
      "mails",
      id,
      now,
      () => database.run("UPDATE mails SET address_hash = ? WHERE id = ?", addressHash, id),
    );
  }
  return rows.at(-1)?.id as number | undefined;
}
