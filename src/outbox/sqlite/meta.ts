/**
 * What the SQLite outbox remembers about itself: its secret, when it was created, what everything waits
 * for, and the homeserver's name, with which it keeps in step which rows are of its own inviters.
 *
 * @module
 */

import { OutboxError } from "../port.ts";
import type { Holds, Outage } from "../records.ts";
import { parseObject } from "../stored_row.ts";
import { isSameHash } from "../suppressed.ts";
import type { Work } from "../work.ts";
import type { Database } from "./database.ts";
import { readCatchingUp } from "./record.ts";

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

/** What everything waits for. */
export function readHolds(database: Database): Holds {
  return {
    catchingUp: readCatchingUp(database),
    outages: {
      invitations: readOutage(database, "invitations"),
      mails: readOutage(database, "mails"),
    },
  };
}

function readOutage(database: Database, work: Work): Outage | undefined {
  const row = database.get(
    "SELECT CAST(value AS TEXT) AS outage FROM meta WHERE key = ?",
    outageKey(work),
  );
  const { since, probeAt, reason } = parseObject(row?.outage) ?? {};
  return typeof since === "number" && typeof probeAt === "number"
    ? { since, probeAt, reason: String(reason) }
    : undefined;
}

/** Stores an outage, or that there is none; the caller opens the transaction. */
export function storeOutage(database: Database, work: Work, outage: Outage | undefined): void {
  database.run("DELETE FROM meta WHERE key = ?", outageKey(work));
  if (outage === undefined) return;
  database.run(
    "INSERT INTO meta VALUES (?, CAST(? AS BLOB))",
    outageKey(work),
    JSON.stringify(outage),
  );
}

function outageKey(work: Work): string {
  return `outage of ${work}`;
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
