/**
 * What an answer or a suppression cancels: pure, and the same for every database.
 *
 * @module
 */

import type { InvitationState, MailState } from "../domain/invitation.ts";
import { isSameHash, SUPPRESSED } from "./suppressed.ts";
import type { StopHash, StopScope } from "./suppressions.ts";
import type { Write } from "./writes.ts";

/** A mail that was not sent yet, with what it is about. */
export interface OpenMail {
  readonly id: number;
  readonly state: MailState;
  /** The oldest invitation first. */
  readonly links: readonly MailLink[];
}

/** An invitation that a mail is about. */
export interface MailLink {
  readonly invitation: number;
  readonly roomId: string;
  readonly inviter: string;
  readonly state: InvitationState;
  /** Whether the invitation was answered, or superseded. */
  readonly answered: boolean;
  /** Whether the mail still has to tell of it. */
  readonly open: boolean;
  /** Whether the recipient stopped such mails. */
  readonly suppressed: boolean;
  /** Whether it has another mail that was not cancelled. */
  readonly hasOtherMails: boolean;
}

/** What a recipient stopped: all mails, or those of the room or inviter with that hash. */
export interface StoppedTarget {
  readonly scope: StopScope;
  readonly target: Uint8Array;
}

/** Closes an invitation that was answered or superseded. Its mails may then have to be cancelled. */
export function closeInvitation(
  { id, state }: { readonly id: number; readonly state: InvitationState },
  reason: string,
  at: number,
): readonly Write[] {
  const step = reason === "superseded" ? reason : "answered";
  return [
    { kind: "close links", invitation: id },
    { kind: "answer invitation", id },
    ...state === "pending"
      ? [{ kind: "end invitation", id, state: "cancelled", reason } as const]
      : [],
    { kind: "add timeline", of: { invitation: id }, at, step, data: { reason } },
  ];
}

/**
 * Cancels a queued mail that has no open link left, and the invitations that have no other mail:
 * answered ones end as cancelled, the others as skipped. Nothing is written for other mails; one that is
 * being sent is cancelled only when it would have to wait again.
 */
export function cancelIfClosed(mail: OpenMail, reason: string, at: number): readonly Write[] {
  const { id, state, links } = mail;
  if (state !== "queued" || links.some(({ open }) => open)) return [];
  const cause = links.every(({ suppressed }) => suppressed) ? SUPPRESSED : reason;
  const ended = links.filter((link) => link.state === "resolved" && !link.hasOtherMails);
  return [
    { kind: "cancel mail", id, reason: cause },
    ...ended.map(({ invitation, answered }): Write => ({
      kind: "end invitation",
      id: invitation,
      ...answered
        ? { state: "cancelled", reason } as const
        : { state: "skipped", reason: SUPPRESSED } as const,
    })),
    {
      kind: "add timeline",
      of: { mail: id },
      at,
      step: "cancelled",
      data: { mail: id, reason: cause },
    },
  ];
}

/**
 * Takes out of a mail what its recipient stopped, and cancels it when nothing else is left. A mail
 * that is being sent loses the links only.
 */
export function withdrawStopped(
  mail: OpenMail,
  stopped: StoppedTarget,
  hash: StopHash,
  at: number,
): readonly Write[] {
  const { scope, target } = stopped;
  const isStopped = (link: MailLink) =>
    link.open && (scope === "all" ||
      isSameHash(target, hash(scope, scope === "room" ? link.roomId : link.inviter)));
  const links = mail.links.map((link) =>
    isStopped(link) ? { ...link, open: false, suppressed: true } : link
  );
  const closed = links.filter((link, index) => link !== mail.links[index]);
  if (closed.length === 0) return [];
  return [
    ...closed.flatMap(({ invitation }): Write[] => [
      { kind: "suppress link", mail: mail.id, invitation },
      {
        kind: "add timeline",
        of: { invitation },
        at,
        step: SUPPRESSED,
        data: { mail: mail.id, scopes: [scope] },
      },
    ]),
    ...cancelIfClosed({ ...mail, links }, "answered", at),
  ];
}
