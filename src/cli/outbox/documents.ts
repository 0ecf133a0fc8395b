/**
 * The rows as JSON documents, whose names are documented and stay.
 *
 * @module
 */

import type { Holds, InvitationRecord, MailRecord, Waiting } from "../../outbox/records.ts";
import type { Work } from "../../outbox/work.ts";
import { invitationName, mailName } from "./names.ts";
import { asTime } from "./times.ts";

/** An invitation. */
export function invitationDocument(
  record: InvitationRecord,
  holds: Holds,
): Record<string, unknown> {
  const { id, roomId, roomName, invitee, inviter, eventId, receivedAt, attempts, mails } = record;
  return {
    id: invitationName(id),
    state: record.state,
    reason: record.reason,
    user: invitee,
    inviter,
    room: { id: roomId, name: roomName },
    event: eventId,
    received: asTime(receivedAt),
    answered: record.answered,
    attempts,
    waiting: waitingDocument(record.waiting, "invitations", holds),
    mails: mails.map(mailName),
  };
}

/** An email. */
export function mailDocument(record: MailRecord, holds: Holds): Record<string, unknown> {
  const { id, userId, address, messageId, queuedAt, sentAt, replyCode, attempts } = record;
  return {
    id: mailName(id),
    state: record.state,
    reason: record.reason,
    replyCode,
    user: userId,
    address,
    messageId,
    queued: asTime(queuedAt),
    sent: sentAt === undefined ? undefined : asTime(sentAt),
    attempts,
    bounce: record.bounce && { ...record.bounce, at: asTime(record.bounce.at) },
    waiting: waitingDocument(record.waiting, "mails", holds),
    invitations: record.invitations.map(invitationName),
  };
}

function waitingDocument(
  waiting: Waiting,
  work: Work,
  { catchingUp, outages }: Holds,
): Record<string, unknown> | undefined {
  switch (waiting.kind) {
    case "no":
      return undefined;
    case "due":
      return {
        until: asTime(waiting.at),
        held: catchingUp !== undefined ? "catching up" : outages[work] && "outage",
      };
    case "parked":
      return { limit: waiting.limit };
    case "claimed":
      return { claimed: true };
  }
}
