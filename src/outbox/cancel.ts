/**
 * Decides what an answer or a suppression cancels: pure, and the same for every database.
 *
 * @module
 */

import type { Answer, InvitationFacts, InvitationState, MailState } from "../domain/invitation.ts";
import type { ChangeSource } from "./port.ts";
import { isSameHash, SUPPRESSED } from "./suppressed.ts";
import type { StopHash, StopScope, SuppressionScope } from "./suppressions.ts";
import type { Write } from "./writes.ts";

const JOINED = "joined" satisfies Answer["how"];

/** A mail, with the invitations that it is about. */
export interface OpenMail {
  readonly id: number;
  readonly state: MailState;
  readonly links: readonly MailLink[];
}

/** An invitation that a mail is about. */
export interface MailLink {
  readonly invitation: number;
  readonly state: InvitationState;
  /** Whether the invitation was answered, or superseded. */
  readonly answered: boolean;
  /** Whether the invitee is in the room: the mail says that they were added. */
  readonly added: boolean;
  /** Whether the mail is still about it: neither answered nor stopped. */
  readonly open: boolean;
  /** Whether the recipient stopped it. */
  readonly suppressed: boolean;
  /** Whether it has another mail that was not cancelled. */
  readonly hasOtherMails: boolean;
}

/** An open link of a mail that waits, or is being sent. */
export interface OpenLink {
  readonly mail: number;
  readonly invitation: number;
  readonly roomId: string;
  readonly inviter: string;
  /** Whether the inviter is from another server. */
  readonly outside?: boolean | undefined;
}

/** What a recipient stopped; of a room or an inviter, the hash. */
export interface StoppedTarget {
  readonly scope: StopScope;
  readonly target: Uint8Array;
}

/** Closes an invitation that was answered or superseded. {@linkcode cancelIfClosed} follows. */
export function closeInvitation(
  { id, state }: { readonly id: number; readonly state: InvitationState },
  reason: string,
  at: number,
  source?: ChangeSource,
): readonly Write[] {
  const step = reason === "superseded" ? reason : "answered";
  const data = source === undefined ? { reason } : { reason, source };
  return [
    { kind: "close links", invitation: id },
    { kind: "answer invitation", id, joined: reason === JOINED },
    ...state === "pending"
      ? [{ kind: "end invitation", id, state: "cancelled", reason } as const]
      : [],
    { kind: "add timeline", of: { invitation: id }, at, step, data },
  ];
}

/**
 * Records that the invitee of a pending invitation is in the room. The first join counts: what follows
 * are changes of their name.
 */
export function keepJoined(
  { id, facts }: { readonly id: number; readonly facts: InvitationFacts },
  joinedAt: number,
  dueAt: number,
  at: number,
): readonly Write[] {
  if (facts.joinedAt !== undefined) return [];
  return [
    { kind: "join invitation", id, dueAt, facts: { ...facts, joinedAt } },
    { kind: "add timeline", of: { invitation: id }, at, step: JOINED, data: { dueAt } },
  ];
}

/** Records that the invitee joined the room after they had answered an invitation otherwise. */
export function joinLater(id: number, at: number): readonly Write[] {
  return [
    { kind: "answer invitation", id, joined: true },
    { kind: "add timeline", of: { invitation: id }, at, step: JOINED, data: {} },
  ];
}

/**
 * Cancels a queued mail that has no open link left, and ends its invitations that have no other
 * mail: answered ones as cancelled, the others as skipped. Any other mail stays as it is: one that
 * is being sent is cancelled only if it would have to wait again, and one without any link is
 * damaged, and set aside when it is claimed.
 *
 * @param suppressed The reason if nothing else than suppressions closed it.
 */
export function cancelIfClosed(
  mail: OpenMail,
  reason: string,
  at: number,
  suppressed = SUPPRESSED,
): readonly Write[] {
  const { id, state, links } = mail;
  if (state !== "queued" || links.length === 0 || links.some(({ open }) => open)) return [];
  const cause = links.every((link) => link.suppressed) ? suppressed : reason;
  const ended = links.filter((link) => link.state === "resolved" && !link.hasOtherMails);
  return [
    { kind: "cancel mail", id, reason: cause },
    ...ended.map(({ invitation, answered }): Write => ({
      kind: "end invitation",
      id: invitation,
      ...answered
        ? { state: "cancelled", reason } as const
        : { state: "skipped", reason: suppressed } as const,
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
 * Takes an invitation out of a mail if the recipient stopped it. {@linkcode cancelIfClosed}
 * follows.
 */
export function withdrawIfStopped(
  link: OpenLink,
  stopped: StoppedTarget,
  hash: StopHash,
  at: number,
): readonly Write[] {
  return withdrawSuppressed(link, isStopped(link, stopped, hash) ? [stopped.scope] : [], at);
}

/**
 * Takes an invitation out of a mail if it is suppressed in any scope. {@linkcode cancelIfClosed}
 * follows.
 */
export function withdrawSuppressed(
  { mail, invitation }: OpenLink,
  scopes: readonly SuppressionScope[],
  at: number,
): readonly Write[] {
  if (scopes.length === 0) return [];
  return [
    { kind: "suppress link", mail, invitation },
    { kind: "add timeline", of: { invitation }, at, step: SUPPRESSED, data: { mail, scopes } },
  ];
}

function isStopped(
  { roomId, inviter, outside = false }: OpenLink,
  { scope, target }: StoppedTarget,
  hash: StopHash,
): boolean {
  switch (scope) {
    case "all":
      return true;
    case "outside":
      return outside;
    case "room":
      return isSameHash(target, hash(scope, roomId));
    case "inviter":
      return isSameHash(target, hash(scope, inviter));
  }
}
