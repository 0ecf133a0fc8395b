/**
 * Applies writes in SQLite.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { NextAddress } from "../port.ts";
import type {
  AddTimeline,
  BounceWrite,
  Park,
  QueueMail,
  QueueNext,
  QueueReminder,
  Write,
} from "../writes.ts";
import { applyBounce } from "./bounces/note.ts";
import type { Database } from "./database.ts";
import { requeueing } from "./leases.ts";
import { wakeAt, wakeNow } from "./limits.ts";

/** Applies writes; returns the IDs of queued mails. The caller opens the transaction. */
export function applyWrites(database: Database, writes: readonly Write[]): readonly number[] {
  const queued: number[] = [];
  for (const write of writes) {
    switch (write.kind) {
      case "queue mail":
        queued.push(queueMail(database, write));
        break;
      case "queue reminder":
        queueReminder(database, write);
        break;
      case "queue next":
        queued.push(queueNext(database, write));
        break;
      case "add timeline":
        addTimeline(database, write, write.listsQueued ? { mails: queued } : {});
        break;
      case "note bounce":
      case "end address":
        applyBounce(database, write);
        break;
      case "park":
        database.run(
          `UPDATE ${write.work} SET parked = ?, turn = ?, reason = ? WHERE id = ?`,
          write.limit,
          write.turn,
          write.reason,
          write.id,
        );
        wakeAt(database, write.limit, write.id, write.wakeAt);
        break;
      default:
        database.run(...statementOf(write));
        if (givesSlotsBack(write)) {
          for (const limit of ["address", "overall"] as const) wakeNow(database, limit, write.id);
        }
    }
  }
  return queued;
}

function givesSlotsBack(write: Write): write is Write & { readonly id: number } {
  switch (write.kind) {
    case "requeue":
    case "postpone":
      return write.work === "mails";
    case "end mail":
      return write.sentAt === undefined;
    default:
      return write.kind === "defer mail" || write.kind === "cancel mail";
  }
}

const CLOSE_LINK = `UPDATE mail_invitations SET open = 0, suppressed = ?
  WHERE mail_id = ? AND invitation_id = ?`;

type Statement = readonly [sql: string, ...values: SQLInputValue[]];

function statementOf(
  write: Exclude<
    Write,
    QueueMail | QueueReminder | QueueNext | AddTimeline | BounceWrite | Park
  >,
): Statement {
  switch (write.kind) {
    case "requeue":
      return [`UPDATE ${write.work} SET ${requeueing(write.work)} WHERE id = ?`, write.id];
    case "postpone":
      return [
        `UPDATE ${write.work} SET due_at = ?, reason = ?, outage_at = NULL,
           ${requeueing(write.work)} WHERE id = ?`,
        write.until,
        write.reason,
        write.id,
      ];
    case "restart invitation":
      return [
        `UPDATE invitations SET state = 'pending', reason = NULL, due_at = ?, attempts = 0,
           deferred_since = NULL, late = 0 WHERE id = ?`,
        write.at,
        write.id,
      ];
    case "restart mail":
      return [
        `UPDATE mails SET state = 'queued', reason = NULL, due_at = ?, attempts = 0,
           deferred_since = NULL, address_hash = ?, last_code = NULL, doubt_first = NULL,
           doubt_last = NULL, doubt_count = NULL, hung = 0 WHERE id = ?`,
        write.at,
        write.addressHash,
        write.id,
      ];
    case "defer invitation":
      return [
        `UPDATE invitations SET due_at = ?, reason = ?, attempts = ?, deferred_since = ?,
           outage_at = ?, ${requeueing("invitations")} WHERE id = ?`,
        write.until,
        write.reason,
        write.attempts,
        write.deferredSince,
        write.outageAt ?? null,
        write.id,
      ];
    case "resolve invitation":
      return [
        `UPDATE invitations SET state = 'resolved', reason = NULL, inviter_name = ?,
           facts = COALESCE(?, facts), resolved_at = ?, lease_until = NULL WHERE id = ?`,
        write.inviterName ?? null,
        write.facts === undefined ? null : JSON.stringify(write.facts),
        write.at,
        write.id,
      ];
    case "end invitation":
      return [
        "UPDATE invitations SET state = ?, reason = ?, lease_until = NULL WHERE id = ?",
        write.state,
        write.reason,
        write.id,
      ];
    case "answer invitation":
      return ["UPDATE invitations SET answered = 1, lease_until = NULL WHERE id = ?", write.id];
    case "defer mail":
      return [
        `UPDATE mails SET due_at = ?, reason = ?, last_code = ?, attempts = ?, deferred_since = ?,
           doubt_first = ?, doubt_last = ?, doubt_count = ?, hung = ?, outage_at = ?,
           ${requeueing("mails")} WHERE id = ?`,
        write.until,
        write.reason,
        write.replyCode ?? null,
        write.attempts,
        write.deferredSince,
        write.doubt?.first ?? null,
        write.doubt?.last ?? null,
        write.doubt?.count ?? null,
        write.hung ? 1 : 0,
        write.outageAt ?? null,
        write.id,
      ];
    case "end mail":
      return [
        `UPDATE mails SET state = ?, reason = ?, last_code = ?, sent_at = ?, slot_at = ?,
           overall_slot_at = ?, lease_until = NULL WHERE id = ?`,
        write.state,
        write.reason ?? null,
        write.replyCode ?? null,
        write.sentAt ?? null,
        write.sentAt ?? null,
        write.sentAt ?? null,
        write.id,
      ];
    case "cancel mail":
      return [
        `UPDATE mails SET state = 'cancelled', reason = ?, slot_at = NULL, overall_slot_at = NULL
         WHERE id = ?`,
        write.reason,
        write.id,
      ];
    case "close links":
      return ["UPDATE mail_invitations SET open = 0 WHERE invitation_id = ?", write.invitation];
    case "close link":
    case "suppress link":
      return [CLOSE_LINK, write.kind === "suppress link" ? 1 : 0, write.mail, write.invitation];
  }
}

function queueMail(
  database: Database,
  { mail, userId, addressHash, invitations, own, at }: QueueMail,
): number {
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
       state, own, server, failover, queued_at, due_at)
     VALUES (?, ?, ?, ?, ?, 'invite', ?, 'queued', ?,
       COALESCE((SELECT server FROM invitations WHERE id = ?), ''), ?, ?, ?) RETURNING id`,
    userId,
    mail.address,
    mail.addressKey,
    addressHash,
    JSON.stringify(mail.recipient),
    mail.messageId,
    own ? 1 : 0,
    invitations[0] ?? null,
    failoverJson(mail.failover ?? []),
    at,
    at,
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

function queueReminder(
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
  linkOpen(database, row?.id as number, mail);
}

function queueNext(database: Database, write: QueueNext): number {
  const { mail, address, addressKey, addressHash, messageId, failover, at } = write;
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
       state, own, server, failover, queued_at, due_at)
     SELECT user_id, ?, ?, ?, recipient, kind, ?, 'queued', own, server, ?, ?, ? FROM mails
     WHERE id = ? RETURNING id`,
    address,
    addressKey,
    addressHash,
    messageId,
    failoverJson(failover),
    at,
    at,
    mail,
  );
  database.run("UPDATE mails SET failover = NULL WHERE id = ?", mail);
  const id = row?.id as number;
  linkOpen(database, id, mail);
  return id;
}

function failoverJson(failover: readonly NextAddress[]): string | null {
  return failover.length === 0 ? null : JSON.stringify(failover);
}

// Makes a mail about the invitations of another one that are open.
function linkOpen(database: Database, mail: number, other: number): void {
  database.run(
    `INSERT INTO mail_invitations (mail_id, invitation_id)
     SELECT ?, invitation_id FROM mail_invitations WHERE mail_id = ? AND open = 1`,
    mail,
    other,
  );
}

function addTimeline(
  database: Database,
  { of, at, step, data }: AddTimeline,
  more: Readonly<Record<string, unknown>>,
): void {
  const json = JSON.stringify({ ...data, ...more });
  if ("invitation" in of) {
    database.run(
      "INSERT INTO timeline (invitation_id, at, step, data) VALUES (?, ?, ?, ?)",
      of.invitation,
      at,
      step,
      json,
    );
  } else {
    database.run(
      `INSERT INTO timeline (invitation_id, at, step, data)
       SELECT id, ?, ?, ? FROM mail_invitations JOIN invitations ON id = invitation_id
       WHERE mail_id = ?`,
      at,
      step,
      json,
      of.mail,
    );
  }
}
