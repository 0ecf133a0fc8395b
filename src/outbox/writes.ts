/**
 * Describes changes of rows as data. The rules produce them, and every adapter applies them in the
 * given order, in one transaction.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { InvitationFacts } from "../domain/invitation.ts";
import type { Bounce } from "./bounces.ts";
import type { Doubt } from "./doubt.ts";
import type { NewMail, NextAddress } from "./port.ts";
import type { LimitName, Work } from "./work.ts";

/** One change. Times are in milliseconds UTC; `undefined` is stored as NULL unless noted. */
export type Write =
  | Requeue
  | Postpone
  | Park
  | RestartInvitation
  | RestartMail
  | DeferInvitation
  | ResolveInvitation
  | EndInvitation
  | AnswerInvitation
  | JoinInvitation
  | QueueMail
  | JoinMail
  | QueueReminder
  | QueueNext
  | DeferMail
  | EndMail
  | CancelMail
  | CloseLinks
  | CloseLink
  | SuppressLink
  | NoteBounce
  | EndAddress
  | AddTimeline;

/** Ends a claim. The row waits again, due when it was. */
export interface Requeue {
  readonly kind: "requeue";
  readonly work: Work;
  readonly id: number;
}

/** Ends a claim, if there is one. The row waits until then, and no attempt is counted. */
export interface Postpone {
  readonly kind: "postpone";
  readonly work: Work;
  readonly id: number;
  readonly until: number;
  readonly reason: string;
  /** Whether it ends a claim of a mail in which nothing was tried. */
  readonly untried?: boolean | undefined;
}

/** Parks a row that waits: it is not due until the limit lets it go. */
export interface Park {
  readonly kind: "park";
  readonly work: Work;
  readonly id: number;
  readonly limit: LimitName;
  /** When the limit next has a free slot. */
  readonly wakeAt: number;
  /** Its turn among those that wait with it: see `turnOf`. */
  readonly turn: number;
  readonly reason: string;
}

/** Makes an invitation wait, due at once, as if it was never tried. */
export interface RestartInvitation {
  readonly kind: "restart invitation";
  readonly id: number;
  readonly at: number;
}

/** Makes a mail wait, due at once, as if it was never tried. */
export interface RestartMail {
  readonly kind: "restart mail";
  readonly id: number;
  readonly addressHash: Uint8Array;
  readonly at: number;
}

/** Ends a claim. The invitation waits until then. */
export interface DeferInvitation {
  readonly kind: "defer invitation";
  readonly id: number;
  readonly until: number;
  readonly reason: string;
  readonly attempts: number;
  readonly deferredSince: number;
  /** When it was deferred, if it was in an outage. */
  readonly outageAt?: number | undefined;
}

/** Ends a claim. The invitation has mails now, and counts against its inviter's limit. */
export interface ResolveInvitation {
  readonly kind: "resolve invitation";
  readonly id: number;
  readonly at: number;
  readonly inviterName?: string | undefined;
  /** `undefined` if they stay as they are. */
  readonly facts?: InvitationFacts | undefined;
}

/** Ends an invitation, and its claim. */
export interface EndInvitation {
  readonly kind: "end invitation";
  readonly id: number;
  readonly state: "cancelled" | "skipped" | "failed";
  readonly reason: string;
}

/** Marks an invitation as answered, and ends its claim. */
export interface AnswerInvitation {
  readonly kind: "answer invitation";
  readonly id: number;
  /** Whether the invitee joins the room with it; who has joined before stays so. */
  readonly joined: boolean;
}

/** Marks the invitee of a pending invitation as joined, and ends its claim: it is due later. */
export interface JoinInvitation {
  readonly kind: "join invitation";
  readonly id: number;
  readonly dueAt: number;
  /** With the time of the join. */
  readonly facts: InvitationFacts;
}

/** Adds a mail that is due at once, and its links to invitations. */
export interface QueueMail {
  readonly kind: "queue mail";
  readonly invitations: readonly number[];
  readonly userId: string;
  readonly mail: NewMail;
  readonly addressHash: Uint8Array;
  /** Whether a user of the homeserver invites. */
  readonly own: boolean;
  readonly at: number;
}

/** Makes a mail that waits about one more invitation, with what is known about the recipient now. */
export interface JoinMail {
  readonly kind: "join mail";
  readonly mail: number;
  readonly invitation: number;
  /** Whether a user of the homeserver invites. */
  readonly own: boolean;
  /** The mail that would have been queued. */
  readonly newMail: NewMail;
  /** When the mail is due, if that changes: it is no longer parked then. */
  readonly dueAt?: number | undefined;
}

/** Adds a mail to the same recipient, about the invitations of the mail that are open. */
export interface QueueReminder {
  readonly kind: "queue reminder";
  readonly mail: number;
  readonly messageId: string;
  readonly dueAt: number;
  readonly at: number;
}

/**
 * Adds a mail to the same person at their next address, due at once, about the invitations of the
 * mail that are open; or makes one that waits there about them as well. The addresses after that are
 * its, and no longer those of the mail before.
 */
export interface QueueNext {
  readonly kind: "queue next";
  readonly mail: number;
  readonly address: EmailAddress;
  readonly addressKey: string;
  readonly addressHash: Uint8Array;
  readonly messageId: string;
  readonly failover: readonly NextAddress[];
  /** The mail that waits there. */
  readonly joins?: number | undefined;
  readonly at: number;
}

/** Ends a claim. The mail waits until then. */
export interface DeferMail {
  readonly kind: "defer mail";
  readonly id: number;
  readonly until: number;
  readonly reason: string;
  readonly replyCode?: number | undefined;
  readonly attempts: number;
  readonly deferredSince: number;
  readonly doubt?: Doubt | undefined;
  readonly hung: boolean;
  /** When it was deferred, if it was in an outage. */
  readonly outageAt?: number | undefined;
}

/** Ends a mail, and its claim. */
export interface EndMail {
  readonly kind: "end mail";
  readonly id: number;
  readonly state: "sent" | "rejected" | "expired";
  readonly reason?: string | undefined;
  readonly replyCode?: number | undefined;
  /** Only for a mail that was sent: it counts against its address's limit. */
  readonly sentAt?: number | undefined;
  /** How long the next mail to the person waits since then, in milliseconds. */
  readonly window?: number | undefined;
}

/** Ends a mail that waits. */
export interface CancelMail {
  readonly kind: "cancel mail";
  readonly id: number;
  readonly reason: string;
}

/** Closes an invitation's links to all of its mails. */
export interface CloseLinks {
  readonly kind: "close links";
  readonly invitation: number;
}

/** Closes one link: the mail is not about the invitation any more. */
export interface CloseLink {
  readonly kind: "close link";
  readonly mail: number;
  readonly invitation: number;
}

/** Closes one link, because the recipient stopped it. */
export interface SuppressLink {
  readonly kind: "suppress link";
  readonly mail: number;
  readonly invitation: number;
}

/** What a bounce changes. */
export type BounceWrite = NoteBounce | EndAddress;

/** Notes at a mail that it came back. Unless the weight is 0, it counts against the address. */
export interface NoteBounce {
  readonly kind: "note bounce";
  readonly mail: number;
  readonly addressHash: Uint8Array;
  readonly bounce: Bounce;
  readonly weight: number;
  readonly at: number;
}

/** Ends the address of a mail until then: nothing is sent to it. */
export interface EndAddress {
  readonly kind: "end address";
  readonly mail: number;
  readonly addressHash: Uint8Array;
  readonly until: number;
  readonly at: number;
}

/** Adds a line to the history of an invitation, or of each invitation that a mail is about. */
export interface AddTimeline {
  readonly kind: "add timeline";
  readonly of: { readonly invitation: number } | { readonly mail: number };
  readonly at: number;
  readonly step: string;
  /** Stored as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Whether the data get the IDs of the mails that were queued before it, as `mails`. */
  readonly listsQueued?: boolean | undefined;
}
