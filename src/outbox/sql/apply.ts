/**
 * Applies writes.
 *
 * @module
 */

import type {
  AddTimeline,
  BounceWrite,
  JoinMail,
  Park,
  QueueMail,
  QueueNext,
  QueueReminder,
  Write,
} from "../writes.ts";
import { applyBounce } from "./bounces/note.ts";
import type { Engine } from "./engine.ts";
import { joinMail } from "./gathering/join.ts";
import { queueMail, queueNext, queueReminder } from "./gathering/queue.ts";
import { requeueing } from "./leases.ts";
import { slotsOf, wakeAt, wakeNow } from "./limits.ts";
import type { Steps, Value } from "./steps.ts";

/** Applies writes; returns the IDs of mails that were queued or joined. The caller opens the transaction. */
export function* applyWrites(database: Engine, writes: readonly Write[]): Steps<readonly number[]> {
  const queued: number[] = [];
  for (const write of writes) {
    switch (write.kind) {
      case "queue mail":
        queued.push(yield* queueMail(database, write));
        break;
      case "join mail":
        yield* joinMail(database, write);
        queued.push(write.mail);
        break;
      case "queue reminder":
        yield* queueReminder(database, write);
        break;
      case "queue next":
        queued.push(yield* queueNext(database, write));
        break;
      case "add timeline":
        yield* addTimeline(database, write, write.listsQueued ? { mails: queued } : {});
        break;
      case "note bounce":
      case "end address":
        yield* applyBounce(database, write);
        break;
      case "park":
        yield* database.run(
          `UPDATE ${write.work} SET parked = ?, turn = ?, reason = ? WHERE id = ?`,
          write.limit,
          write.turn,
          write.reason,
          write.id,
        );
        yield* wakeAt(database, write.limit, write.id, write.wakeAt);
        break;
      default: {
        const giving = givesSlotsBack(write) ? write.id : undefined;
        const given = giving === undefined ? [] : yield* slotsOf(database, giving);
        yield* database.run(...statementOf(write));
        if (write.kind === "end mail" && write.sentAt !== undefined) {
          yield* markTold(database, write.id);
        }
        if (giving === undefined) break;
        for (const limit of given) yield* wakeNow(database, limit, giving);
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

// What was answered while the mail was being sent may not have been in it.
function* markTold(database: Engine, mail: number): Steps<void> {
  yield* database.run("UPDATE mail_invitations SET told = 1 WHERE mail_id = ? AND open = 1", mail);
}

const CLOSE_LINK = `UPDATE mail_invitations SET open = 0, suppressed = ?
  WHERE mail_id = ? AND invitation_id = ?`;

type Statement = readonly [sql: string, ...values: Value[]];

function statementOf(
  write: Exclude<
    Write,
    QueueMail | QueueReminder | QueueNext | JoinMail | AddTimeline | BounceWrite | Park
  >,
): Statement {
  switch (write.kind) {
    case "requeue":
      return [`UPDATE ${write.work} SET ${requeueing(write.work)} WHERE id = ?`, write.id];
    case "postpone":
      return [
        `UPDATE ${write.work} SET due_at = ?, reason = ?, outage_at = NULL,
           ${write.untried ? "tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END, " : ""}${
          requeueing(write.work)
        }
         WHERE id = ?`,
        write.until,
        write.reason,
        write.id,
      ];
    case "restart invitation":
      return [
        `UPDATE invitations SET state = 'pending', reason = NULL, due_at = ?, attempts = 0,
           deferred_since = NULL, late = 0, by_hand = 1 WHERE id = ?`,
        write.at,
        write.id,
      ];
    case "restart mail":
      return [
        `UPDATE mails SET state = 'queued', reason = NULL, due_at = ?, attempts = 0,
           deferred_since = NULL, tries = CASE WHEN tries = 0 THEN 1 ELSE tries END, address_hash = ?, last_code = NULL, doubt_first = NULL,
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
      return [
        `UPDATE invitations SET answered = 1, joined = CASE WHEN ? = 1 THEN 1 ELSE joined END,
           lease_until = NULL WHERE id = ?`,
        write.joined ? 1 : 0,
        write.id,
      ];
    case "join invitation":
      return [
        "UPDATE invitations SET joined = 1, facts = ?, due_at = ?, lease_until = NULL WHERE id = ?",
        JSON.stringify(write.facts),
        write.dueAt,
        write.id,
      ];
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
           overall_slot_at = ?, digest_window = ?, lease_until = NULL WHERE id = ?`,
        write.state,
        write.reason ?? null,
        write.replyCode ?? null,
        write.sentAt ?? null,
        write.sentAt ?? null,
        write.sentAt ?? null,
        write.window ?? null,
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

function* addTimeline(
  database: Engine,
  { of, at, step, data }: AddTimeline,
  more: Readonly<Record<string, unknown>>,
): Steps<void> {
  const json = JSON.stringify({ ...data, ...more });
  if ("invitation" in of) {
    yield* database.run(
      "INSERT INTO timeline (invitation_id, at, step, data) VALUES (?, ?, ?, ?)",
      of.invitation,
      at,
      step,
      json,
    );
  } else {
    yield* database.run(
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
