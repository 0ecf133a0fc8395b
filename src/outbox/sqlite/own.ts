/**
 * Keeps in step with the homeserver's name which rows are of its own inviters, in SQLite.
 *
 * @module
 */

import { isSameHash } from "../suppressed.ts";
import type { Database } from "./database.ts";

const ROWS_PER_TRANSACTION = 1000;

/** Marks all rows again if they were marked for another homeserver, or not at all. */
export function refreshOwn(database: Database, domain: string): void {
  const name = new TextEncoder().encode(domain);
  const stored = database.read(() =>
    database.get("SELECT value FROM meta WHERE key = 'domain'")?.value
  );
  if (stored instanceof Uint8Array && isSameHash(stored, name)) return;
  for (const [table, statement] of Object.entries(MARKINGS)) {
    const last = database.read(() => database.get(`SELECT max(id) AS id FROM ${table}`)?.id);
    for (let after = 0; after < Number(last ?? 0); after += ROWS_PER_TRANSACTION) {
      database.transaction(() =>
        database.run(statement, domain, after, after + ROWS_PER_TRANSACTION)
      );
    }
  }
  database.transaction(() =>
    database.run("INSERT OR REPLACE INTO meta VALUES ('domain', ?)", name)
  );
}

// The mails after the invitations that they are about.
const MARKINGS = {
  invitations: "UPDATE invitations SET own = server = ? WHERE id > ? AND id <= ?",
  mails: `UPDATE mails SET own = EXISTS (
      SELECT 1 FROM mail_invitations JOIN invitations ON invitations.id = invitation_id
      WHERE mail_id = mails.id AND server = ?)
    WHERE id > ? AND id <= ?`,
};
