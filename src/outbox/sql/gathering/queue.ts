/**
 * Adds mails to those that wait.
 *
 * @module
 */

import { isFreed } from "../../gather.ts";
import type { QueueMail, QueueNext, QueueReminder } from "../../writes.ts";
import type { Engine } from "../engine.ts";
import { waitingRow } from "../leases.ts";
import type { Steps } from "../steps.ts";
import { addTo, failoverJson } from "./join.ts";

/** Adds a mail; returns its ID. The caller opens the transaction. */
export function* queueMail(
  database: Engine,
  { mail, userId, addressHash, invitations, own, at }: QueueMail,
): Steps<number> {
  const row = yield* database.get(
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
    yield* database.run(
      "INSERT INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?)",
      id,
      invitation,
    );
  }
  return id;
}

/** Adds a mail that reminds of another one. The caller opens the transaction. */
export function* queueReminder(
  database: Engine,
  { mail, messageId, dueAt, at }: QueueReminder,
): Steps<void> {
  const row = yield* database.get(
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
  yield* linkOpen(database, id, mail);
  // Who was added has nothing to answer.
  yield* database.run(
    `DELETE FROM mail_invitations WHERE mail_id = ? AND invitation_id IN (
       SELECT id FROM invitations WHERE joined = 1)`,
    id,
  );
}

/**
 * Adds a mail to the next address, or adds to one that waits there; returns its ID. The caller opens
 * the transaction.
 */
export function* queueNext(database: Engine, write: QueueNext): Steps<number> {
  const id = write.joins ?? (yield* insertNext(database, write));
  if (write.joins !== undefined) yield* joinNext(database, write.joins, write);
  yield* database.run("UPDATE mails SET failover = NULL WHERE id = ?", write.mail);
  yield* linkOpen(database, id, write.mail);
  return id;
}

// As an invitation that joins: what an own inviter sent does not wait for strangers' limits.
function* joinNext(database: Engine, id: number, { mail, failover, at }: QueueNext): Steps<void> {
  const before = yield* waitingRow(database, "mails", mail, "own, recipient, first_at");
  const waits = yield* waitingRow(database, "mails", id, "own, reason");
  const own = before.own === 1;
  const reason = waits.reason as string | null ?? undefined;
  yield* addTo(database, id, {
    own,
    recipient: before.recipient as string,
    failover,
    dueAt: isFreed({ own: waits.own === 1, reason }, own) ? at : undefined,
    firstAt: before.first_at as number,
  });
}

function* insertNext(database: Engine, write: QueueNext): Steps<number> {
  const { mail, address, addressKey, addressHash, messageId, failover, at } = write;
  const row = yield* database.get(
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

// Makes a mail about the invitations of another one that are open.
function* linkOpen(database: Engine, mail: number, other: number): Steps<void> {
  yield* database.run(
    `INSERT INTO mail_invitations (mail_id, invitation_id)
     SELECT ?, invitation_id FROM mail_invitations WHERE mail_id = ? AND open = 1
     ON CONFLICT DO NOTHING`,
    mail,
    other,
  );
}
