/**
 * Groups what waits as the settings say now, in SQLite: they may be others than when it was queued.
 *
 * @module
 */

import { MAX_GATHERED } from "../../gather.ts";
import { parseFailover } from "../../stored_row.ts";
import type { Database } from "../database.ts";

const MAILS_PER_TRANSACTION = 200;
// Those that no mail server has seen.
const FREE = "state = 'queued' AND kind <> 'reminder' AND tries = 0";

/** Groups what waits, at the start of the owner. */
export function regroup(database: Database, gathers: boolean, now: number): void {
  for (let after = 0; after >= 0;) {
    const from = after;
    after = database.transaction(() =>
      gathers ? gatherSlice(database, from, now) : splitSlice(database, from)
    );
  }
}

// Each returns the last mail of the slice; -1 when there was none.
function gatherSlice(database: Database, after: number, now: number): number {
  const mails = database.all(
    `SELECT id FROM mails WHERE state IN ('queued', 'sending') AND ${FREE} AND id > ?
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  ).map(({ id }) => id as number);
  for (const id of mails) {
    // The ones before that are full stay.
    const before = database.get(
      `SELECT max(id) AS id FROM mails WHERE user_id = (SELECT user_id FROM mails WHERE id = ?1)
         AND address = (SELECT address FROM mails WHERE id = ?1) AND id < ?1
         AND state IN ('queued', 'sending') AND ${FREE}`,
      id,
    );
    if (typeof before?.id === "number") merge(database, id, before.id, now);
  }
  return mails.at(-1) ?? -1;
}

function merge(database: Database, mail: number, into: number, now: number): void {
  const size = database.get(
    "SELECT count(*) AS n FROM mail_invitations WHERE mail_id IN (?, ?)",
    mail,
    into,
  )?.n as number;
  if (size > MAX_GATHERED) return;
  database.run(
    `INSERT INTO timeline (invitation_id, at, step, data)
     SELECT invitation_id, ?1, 'gathered', json_object('mail', ?2, 'others',
       (SELECT count(*) FROM mail_invitations WHERE mail_id = ?2))
     FROM mail_invitations JOIN invitations ON id = invitation_id WHERE mail_id = ?3`,
    now,
    into,
    mail,
  );
  database.run("UPDATE OR IGNORE mail_invitations SET mail_id = ? WHERE mail_id = ?", into, mail);
  // A mail that is due at once, or of an own inviter, does not wait for one that is parked.
  database.run(
    `UPDATE mails SET kind = 'digest',
       parked = CASE WHEN other.parked IS NULL OR other.own > mails.own THEN NULL ELSE mails.parked END,
       own = max(mails.own, other.own), due_at = min(mails.due_at, other.due_at),
       first_at = min(mails.first_at, other.first_at)
     FROM mails AS other WHERE mails.id = ? AND other.id = ?`,
    into,
    mail,
  );
  database.run("DELETE FROM mails WHERE id = ?", mail);
}

// What a mail server may have seen is split as well: a template that knows one invitation would not
// show the others.
function splitSlice(database: Database, after: number): number {
  const mails = database.all(
    `SELECT id FROM mails WHERE state = 'queued' AND id > ?
       AND (SELECT count(*) FROM mail_invitations WHERE mail_id = mails.id AND open = 1) > 1
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  );
  for (const { id } of mails) split(database, id as number);
  return mails.at(-1)?.id as number | undefined ?? -1;
}

// The first invitation keeps the mail.
function split(database: Database, mail: number): void {
  const row = database.get("SELECT message_id, failover FROM mails WHERE id = ?", mail);
  const domain = String(row?.message_id).replace(/^.*@|>$/g, "");
  const failover = parseFailover(row?.failover) ?? [];
  const [, ...others] = database.all(
    "SELECT invitation_id FROM mail_invitations WHERE mail_id = ? AND open = 1 ORDER BY invitation_id",
    mail,
  );
  for (const { invitation_id } of others) {
    const next = failover.map((one) => ({ ...one, messageId: newMessageId(database, domain) }));
    const copy = database.get(
      `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
         state, own, server, turn, failover, parked, reason, queued_at, due_at, first_at)
       SELECT user_id, address, address_key, address_hash, recipient,
         CASE kind WHEN 'reminder' THEN kind ELSE 'invite' END, ?, 'queued', own, server,
         turn, ?, parked, reason, queued_at, due_at, first_at
       FROM mails WHERE id = ? RETURNING id`,
      newMessageId(database, domain),
      next.length === 0 ? null : JSON.stringify(next),
      mail,
    );
    database.run(
      "UPDATE mail_invitations SET mail_id = ? WHERE mail_id = ? AND invitation_id = ?",
      copy?.id as number,
      mail,
      invitation_id as number,
    );
  }
  database.run("UPDATE mails SET kind = 'invite' WHERE id = ? AND kind = 'digest'", mail);
}

function newMessageId(database: Database, domain: string): string {
  const random = database.get("SELECT lower(hex(randomblob(16))) AS id")?.id;
  return `<${random}@${domain}>`;
}
