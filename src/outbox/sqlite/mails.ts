/**
 * Claiming and settling mails in SQLite.
 *
 * @module
 */

import type { EmailAddress } from "../../domain/email_address.ts";
import type { UserId } from "../../domain/user_id.ts";
import type { Limit } from "../../settings/duration.ts";
import type { Claim, ClaimedMail, MailClaimOptions, MailInvitation, MailOutcome } from "../port.ts";
import { slotAfter } from "../rate_limit.ts";
import { cancelIfClosed } from "./close.ts";
import type { Database, Row } from "./database.ts";
import { addMailTimeline } from "./timeline.ts";

const LIMITED = "address limit";

// How many mails of addresses with too many one claim may put off, as that blocks everything else.
const POSTPONED_AT_MOST = 200;

/** Leases mails that are due, inside a transaction of the caller's. */
export function claimMails(
  database: Database,
  options: MailClaimOptions,
  now: number,
  leaseUntil: number,
): ClaimedMail[] {
  requeueExpiredMails(database, now, now);
  const claimed: ClaimedMail[] = [];
  let postponed = 0;
  while (claimed.length < options.count && postponed < POSTPONED_AT_MOST) {
    const due = database.all(
      "SELECT id, reason FROM mails WHERE state = 'queued' AND due_at <= ? " +
        "ORDER BY due_at, id LIMIT ?",
      now,
      options.count - claimed.length,
    ) as { id: number; reason: string | null }[];
    if (due.length === 0) break;
    for (const { id, reason } of due) {
      const until = options.perAddress && nextSlot(database, id, options.perAddress, now);
      if (until) {
        postpone(database, id, until, now, reason !== LIMITED);
        postponed++;
      } else {
        claimed.push(claim(database, id, leaseUntil));
      }
    }
  }
  return claimed;
}

/**
 * Queues mails again whose leases end by then, inside a transaction of the caller's, but for those
 * that have nothing to tell any more.
 */
export function requeueExpiredMails(database: Database, leasedUntil: number, now: number): void {
  const mails = database.all(
    "SELECT id FROM mails WHERE state = 'sending' AND lease_until <= ?",
    leasedUntil,
  ) as { id: number }[];
  for (const { id } of mails) requeue(database, id, now);
}

/** Ends a claim, inside a transaction of the caller's; returns whether the mail waits again. */
export function settleMail(
  database: Database,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
): boolean {
  const row = database.get(
    "SELECT 1 AS found FROM mails WHERE id = ? AND fence = ? AND state = 'sending'",
    claim.id,
    claim.fence,
  );
  if (!row) return false;
  switch (outcome.kind) {
    case "sent":
      end(database, claim.id, "sent", null, null);
      database.run("UPDATE mails SET sent_at = ? WHERE id = ?", now, claim.id);
      break;
    case "rejected":
    case "expired":
      end(database, claim.id, outcome.kind, outcome.reason, outcome.replyCode ?? null);
      break;
    case "deferred":
      defer(database, claim.id, outcome, now);
      break;
    case "released":
      return requeue(database, claim.id, now);
  }
  const { kind, ...data } = outcome;
  addMailTimeline(database, claim.id, now, kind, data);
  return kind === "deferred" && requeue(database, claim.id, now);
}

// All that it tells of may have been answered while it was being sent: then it is not queued again.
function requeue(database: Database, id: number, now: number): boolean {
  database.run("UPDATE mails SET state = 'queued', lease_until = NULL WHERE id = ?", id);
  return !cancelIfClosed(database, id, "answered", now);
}

function end(
  database: Database,
  id: number,
  state: "sent" | "rejected" | "expired",
  reason: string | null,
  code: number | null,
): void {
  database.run(
    "UPDATE mails SET state = ?, reason = ?, last_code = ?, lease_until = NULL WHERE id = ?",
    state,
    reason,
    code,
    id,
  );
}

function defer(
  database: Database,
  id: number,
  outcome: MailOutcome & { readonly kind: "deferred" },
  now: number,
): void {
  database.run(
    `UPDATE mails SET due_at = ?, reason = ?, last_code = ?, attempts = attempts + 1,
       deferred_since = COALESCE(deferred_since, ?) WHERE id = ?`,
    outcome.until,
    outcome.reason,
    outcome.replyCode ?? null,
    now,
    id,
  );
}

// What is being sent right now counts, too: two workers must not both take the last place.
function nextSlot(
  database: Database,
  id: number,
  limit: Limit,
  now: number,
): number | undefined {
  const key = "address_key = (SELECT address_key FROM mails WHERE id = ?)";
  const sending = database.get(
    `SELECT count(*) AS n FROM mails WHERE ${key} AND state = 'sending'`,
    id,
  )?.n as number;
  return slotAfter(limit, {
    nthLatest: (n) =>
      n < sending ? now : database.get(
        `SELECT sent_at AS at FROM mails WHERE ${key} AND sent_at > ? AND sent_at <= ?
         ORDER BY sent_at DESC LIMIT 1 OFFSET ?`,
        id,
        now - limit.per,
        // What is further ahead was sent when the clock was wrong, and would count for ever.
        now + limit.per,
        n - sending,
      )?.at as number | undefined,
    ahead: () =>
      database.get(
        `SELECT count(*) AS n FROM mails WHERE ${key} AND id < ?
           AND state = 'queued' AND reason = '${LIMITED}'`,
        id,
        id,
      )?.n as number,
  });
}

function postpone(
  database: Database,
  id: number,
  until: number,
  now: number,
  first: boolean,
): void {
  database.run(`UPDATE mails SET due_at = ?, reason = '${LIMITED}' WHERE id = ?`, until, id);
  // Once, as it may have to wait again and again.
  if (first) addMailTimeline(database, id, now, "limited", { reason: LIMITED, until });
}

function claim(database: Database, id: number, leaseUntil: number): ClaimedMail {
  const row = database.get(
    `UPDATE mails SET state = 'sending', lease_until = ?, fence = fence + 1 WHERE id = ?
     RETURNING id, fence, user_id, address, kind, message_id, attempts, deferred_since, queued_at,
       recipient`,
    leaseUntil,
    id,
  ) as Row;
  return {
    id,
    fence: row.fence as number,
    userId: row.user_id as UserId,
    address: row.address as EmailAddress,
    kind: row.kind as ClaimedMail["kind"],
    messageId: row.message_id as string,
    attempts: row.attempts as number,
    queuedAt: row.queued_at as number,
    ...(row.deferred_since === null ? {} : { deferredSince: row.deferred_since as number }),
    recipient: JSON.parse(row.recipient as string),
    invitations: invitationsOf(database, id),
  };
}

function invitationsOf(database: Database, mail: number): MailInvitation[] {
  return database.all(
    `SELECT id, room_id, inviter, inviter_name, origin_ts, received_at, facts
     FROM mail_invitations JOIN invitations ON id = invitation_id
     WHERE mail_id = ? AND open = 1 ORDER BY id`,
    mail,
  ).map((row): MailInvitation => ({
    id: row.id as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    ...(row.inviter_name === null ? {} : { inviterName: row.inviter_name as string }),
    originTs: row.origin_ts as number,
    receivedAt: row.received_at as number,
    facts: JSON.parse(row.facts as string),
  }));
}
