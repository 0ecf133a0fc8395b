/**
 * Puts invitations into mails that wait.
 *
 * @module
 */

import { GATHER_REASON, type JoinableMail, MAX_GATHERED } from "../../gather.ts";
import type { NextAddress } from "../../outcomes.ts";
import type { JoinMail } from "../../writes.ts";
import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";

/**
 * The mail of a person that one more invitation can join; `undefined` if there is none.
 *
 * @param person The person's ID, or a mail to them.
 */
export function* joinableMail(
  database: Engine,
  person: string | number,
  address: string,
): Steps<JoinableMail | undefined> {
  const row = yield* database.get(
    `SELECT id, own, reason, due_at, (
       SELECT count(*) FROM (SELECT 1 FROM mail_invitations WHERE mail_id = mails.id LIMIT ?)
         AS gathered
     ) AS size FROM mails
     WHERE user_id = ${
      typeof person === "number" ? "(SELECT user_id FROM mails WHERE id = ?)" : "?"
    } AND address = ? AND state IN ('queued', 'sending') AND kind <> 'reminder'
       AND state = 'queued' AND tries = 0 ORDER BY id DESC LIMIT 1`,
    MAX_GATHERED,
    person,
    address,
  );
  const size = row?.size as number;
  if (row === undefined || size >= MAX_GATHERED) return undefined;
  return {
    id: row.id as number,
    own: row.own === 1,
    reason: row.reason as string | null ?? undefined,
    dueAt: row.due_at as number,
    size,
  };
}

/** Makes a mail about one more invitation. The caller opens the transaction. */
export function* joinMail(
  database: Engine,
  { mail, invitation, own, newMail: { recipient, failover = [] }, dueAt }: JoinMail,
): Steps<void> {
  yield* addTo(database, mail, { own, recipient: JSON.stringify(recipient), failover, dueAt });
  yield* database.run(
    `INSERT INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?) ON CONFLICT DO NOTHING`,
    mail,
    invitation,
  );
}

/** What a mail that waits takes over from what joins it. */
interface Joining {
  readonly own: boolean;
  /** What is known about the recipient: JSON. */
  readonly recipient: string;
  readonly failover: readonly NextAddress[];
  /** When the mail is due, if that changes: it is no longer parked then. */
  readonly dueAt: number | undefined;
  /** When its first invitation was received, if that may be earlier. */
  readonly firstAt?: number | undefined;
}

/** Makes a mail that waits one of several invitations. The caller adds these, and opens the transaction. */
export function* addTo(
  database: Engine,
  mail: number,
  { own, recipient, failover, dueAt, firstAt }: Joining,
): Steps<void> {
  yield* database.run(
    // Own inviters' mails take no turns.
    `UPDATE mails SET kind = 'digest', own = CASE WHEN ?1 = 1 THEN 1 ELSE own END,
       turn = CASE WHEN ?1 = 1 THEN 0 ELSE turn END, recipient = ?2, failover = ?3,
       first_at = CASE WHEN first_at > ?4 THEN ?4 ELSE first_at END WHERE id = ?5`,
    own ? 1 : 0,
    recipient,
    failoverJson(failover),
    firstAt ?? null,
    mail,
  );
  if (dueAt !== undefined) {
    yield* database.run("UPDATE mails SET parked = NULL, due_at = ? WHERE id = ?", dueAt, mail);
  }
}

/** The addresses after a mail's own, as they are stored. */
export function failoverJson(failover: readonly NextAddress[]): string | null {
  return failover.length === 0 ? null : JSON.stringify(failover);
}

/**
 * Makes mails due that wait for more invitations of the same person, unless others are being looked up
 * that count as much. The caller opens the transaction, and calls this when an invitation is no longer
 * one of them.
 */
export function* wakeGathering(database: Engine, invitation: number, now: number): Steps<void> {
  const woken = yield* database.run(
    `UPDATE mails SET due_at = ?1
     WHERE state = 'queued' AND reason = '${GATHER_REASON.invitations}' AND due_at > ?1
       AND parked IS NULL
       AND user_id = (SELECT invitee FROM invitations WHERE id = ?2)
       AND NOT EXISTS (
         SELECT 1 FROM invitations AS other JOIN invitations AS settled ON settled.id = ?2
         WHERE other.invitee = settled.invitee AND other.own IN (1, settled.own)
           AND other.due_at <= ?1 AND other.state = 'pending' AND other.parked IS NULL
           AND other.deferred_since IS NULL)`,
    now,
    invitation,
  );
  if (woken > 0) database.madeWork = true;
}
