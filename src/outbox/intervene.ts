/**
 * Decides what the administrator's interventions change: pure, and the same for every database.
 *
 * @module
 */

import type { OpenMail } from "./cancel.ts";
import type { InvitationRecord, MailRecord, Refusal } from "./records.ts";
import type { AddTimeline, Write } from "./writes.ts";

/** The reason of what the administrator cancelled. */
export const BY_ADMINISTRATOR = "cancelled by the administrator";

/** What an intervention changes, or why it changes nothing. */
export type Plan = readonly Write[] | Refusal;

/** Makes an invitation due at once. One without mails that has ended is looked up again. */
export function retryInvitation(
  { id, state, answered, waiting }: Pick<InvitationRecord, "id" | "state" | "answered" | "waiting">,
  now: number,
): Plan {
  if (answered) return "answered";
  const refusal = unlessFree(waiting.kind);
  if (refusal) return refusal;
  if (state === "cancelled") return "cancelled";
  if (state === "resolved") return "has mails";
  return [
    { kind: "restart invitation", id, at: now },
    line({ invitation: id }, now, "retried"),
  ];
}

/**
 * Makes a mail due at once. One that has ended without being sent is tried again.
 *
 * @param addressHash The hash of its address: the row's may be older than the present key.
 */
export function retryMail(
  { id, state, waiting, isOpen }: Pick<MailRecord, "id" | "state" | "waiting" | "isOpen">,
  addressHash: Uint8Array,
  now: number,
): Plan {
  if (state === "sent") return "sent";
  const refusal = unlessFree(waiting.kind);
  if (refusal) return refusal;
  if (state === "cancelled") return "cancelled";
  if (!isOpen) return "answered";
  return [
    { kind: "restart mail", id, addressHash, at: now },
    line({ mail: id }, now, "retried", { mail: id }),
  ];
}

/**
 * Ends an invitation, and its mails that wait.
 *
 * @param mails The mails that are about it.
 */
export function cancelInvitation(
  { id, state, waiting }: Pick<InvitationRecord, "id" | "state" | "waiting">,
  mails: readonly OpenMail[],
  now: number,
): Plan {
  if (waiting.kind === "claimed" || mails.some((mail) => mail.state === "sending")) {
    return "being worked on";
  }
  const queued = mails.filter((mail) => mail.state === "queued");
  if (state !== "pending" && queued.length === 0) {
    return mails.some((mail) => mail.state === "sent") ? "sent" : "ended";
  }
  // One to another address was sent already, or refused.
  const isOver = mails.every((mail) => mail.state === "queued" || mail.state === "cancelled");
  // A mail about others as well only loses this one.
  const only = queued.filter(({ links }) =>
    links.every(({ invitation, open }) => invitation === id || !open)
  );
  return [
    { kind: "close links", invitation: id },
    ...only.map((mail): Write => ({ kind: "cancel mail", id: mail.id, reason: BY_ADMINISTRATOR })),
    ...isOver
      ? [{ kind: "end invitation", id, state: "cancelled", reason: BY_ADMINISTRATOR } as const]
      : [],
    line({ invitation: id }, now, "cancelled", { reason: BY_ADMINISTRATOR }),
  ];
}

/** Ends a mail that waits, and its invitations that have no other. */
export function cancelMail(mail: OpenMail, now: number): Plan {
  const { id, state, links } = mail;
  if (state === "sending") return "being worked on";
  if (state === "sent") return "sent";
  if (state !== "queued") return "ended";
  const ended = links.filter((link) => link.state === "resolved" && !link.hasOtherMails);
  return [
    { kind: "cancel mail", id, reason: BY_ADMINISTRATOR },
    ...ended.map(({ invitation }): Write => ({
      kind: "end invitation",
      id: invitation,
      state: "cancelled",
      reason: BY_ADMINISTRATOR,
    })),
    line({ mail: id }, now, "cancelled", { mail: id, reason: BY_ADMINISTRATOR }),
  ];
}

function unlessFree(
  waiting: InvitationRecord["waiting"]["kind"],
): "being worked on" | "waits for a limit" | undefined {
  if (waiting === "claimed") return "being worked on";
  return waiting === "parked" ? "waits for a limit" : undefined;
}

function line(
  of: AddTimeline["of"],
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>> = {},
): AddTimeline {
  return { kind: "add timeline", of, at, step, data };
}
