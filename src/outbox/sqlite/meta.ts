/**
 * What the SQLite outbox remembers about itself: its secret, when it was created, and the homeserver's
 * name, with which it keeps in step which rows are of its own inviters.
 *
 * @module
 */

import { OutboxError } from "../port.ts";
import { isSameHash } from "../suppressed.ts";
import type { Database } from "./database.ts";

const SECRET_BYTES = 32;
const ROWS_PER_TRANSACTION = 1000;

/** The secret, created with the outbox. */
export function readSecret(database: Database): Uint8Array {
  const secret = database.get("SELECT value FROM meta WHERE key = 'secret'")?.value;
  if (secret instanceof Uint8Array && secret.length === SECRET_BYTES) return secret;
  throw new OutboxError("refused", "the outbox has lost its secret: use another file");
}

/** Stores when a service opened the outbox, unless one did before. */
export function rememberCreation(database: Database, now: number): void {
  if (database.read(() => readCreation(database)) !== undefined) return;
  database.transaction(() =>
    database.run("INSERT OR REPLACE INTO meta VALUES ('created_at', CAST(? AS BLOB))", `${now}`)
  );
}

/** When a service first opened the outbox, in milliseconds UTC. */
export function readCreation(database: Database): number | undefined {
  const row = database.get("SELECT CAST(value AS TEXT) AS at FROM meta WHERE key = 'created_at'");
  const at = Number(row?.at ?? NaN);
  return Number.isSafeInteger(at) ? at : undefined;
}

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
