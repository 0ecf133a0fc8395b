/**
 * Adds mails to those that wait, in SQLite.
 *
 * @module
 */

import type { NextAddress } from "../../outcomes.ts";
import type { QueueMail, QueueNext, QueueReminder } from "../../writes.ts";
import type { Database } from "../database.ts";

/** Adds a mail; returns its ID. The caller opens the transaction. */
export function queueMail(
  database: Database,
  { mail, userId, addressHash, invitations, own, at }: QueueMail,
): number {
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
       state, own, server, failover, queued_at, due_at, first_at)
     SELECT ?, ?, ?, ?, ?, 'invite', ?, 'queued', ?, server, ?, ?, ?, received_at
     FROM invitations WHERE id = ? RETURNING id`,
    userId,
    mail.address,
    mail.addressKey,
    addressHash,
    JSON.stringify(mail.recipient),
    mail.messageId,
    own ? 1 : 0,
    failoverJson(mail.failover ?? []),
    at,
    at,
    invitations[0] ?? null,
  );
  const id = row?.id as number;
  for (const invitation of invitations) {
    database.run(
      "INSERT INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?)",
      id,
      invitation,
    );
  }
  return id;
}

/** Adds a mail that reminds of another one. The caller opens the transaction. */
export function queueReminder(
  database: Database,
  { mail, messageId, dueAt, at }: QueueReminder,
): void {
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
       state, own, server, queued_at, due_at)
     SELECT user_id, address, address_key, address_hash, recipient, 'reminder', ?, 'queued', own,
       server, ?, ?
     FROM mails WHERE id = ? RETURNING id`,
    messageId,
    at,
    dueAt,
    mail,
  );
  const id = row?.id as number;
  linkOpen(database, id, mail);
  // Who was added has nothing to answer.
  database.run(
    `DELETE FROM mail_invitations WHERE mail_id = ? AND invitation_id IN (
       SELECT id FROM invitations WHERE joined = 1)`,
    id,
  );
}

/**
 * Adds a mail to the next address, or adds to one that waits there; returns its ID. The caller opens
 * the transaction.
 */
export function queueNext(database: Database, write: QueueNext): number {
  const id = write.joins ?? insertNext(database, write);
  if (write.joins !== undefined) {
    // As an invitation that joins: what an own inviter sent does not wait for strangers' limits.
    database.run(
      `UPDATE mails SET kind = 'digest', recipient = before.recipient, failover = ?1,
         parked = CASE WHEN before.own > mails.own THEN NULL ELSE mails.parked END,
         due_at = CASE WHEN before.own > mails.own THEN ?2 ELSE mails.due_at END,
         own = max(mails.own, before.own), first_at = min(mails.first_at, before.first_at)
       FROM mails AS before WHERE mails.id = ?3 AND before.id = ?4`,
      failoverJson(write.failover),
      write.at,
      id,
      write.mail,
    );
  }
  database.run("UPDATE mails SET failover = NULL WHERE id = ?", write.mail);
  linkOpen(database, id, write.mail);
  return id;
}

function insertNext(database: Database, write: QueueNext): number {
  const { mail, address, addressKey, addressHash, messageId, failover, at } = write;
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
       state, own, server, failover, queued_at, due_at, first_at)
     SELECT user_id, ?, ?, ?, recipient, kind, ?, 'queued', own, server, ?, ?, ?, first_at
     FROM mails WHERE id = ? RETURNING id`,
    address,
    addressKey,
    addressHash,
    messageId,
    failoverJson(failover),
    at,
    at,
    mail,
  );
  return row?.id as number;
}

function failoverJson(failover: readonly NextAddress[]): string | null {
  return failover.length === 0 ? null : JSON.stringify(failover);
}

// Makes a mail about the invitations of another one that are open.
function linkOpen(database: Database, mail: number, other: number): void {
  database.run(
    `INSERT OR IGNORE INTO mail_invitations (mail_id, invitation_id)
     SELECT ?, invitation_id FROM mail_invitations WHERE mail_id = ? AND open = 1`,
    mail,
    other,
  );
}
