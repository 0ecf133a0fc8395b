/**
 * Invitations: what is known of them, what answers them, and their states.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { UserId } from "./user_id.ts";

/** The kind of room that somebody is invited to. */
export type RoomKind = "room" | "space" | "direct";

/**
 * The facts in an invite event. Absent means unknown. Texts are cut, but otherwise as in the event:
 * none of this may be trusted.
 */
export interface InvitationFacts {
  /** The room as the inviter's server describes it. */
  readonly room: {
    /** A room unless the event says otherwise. */
    readonly kind: RoomKind;
    /** The room's name. */
    readonly name?: string | undefined;
    /** The room's topic. */
    readonly topic?: string | undefined;
    /** The canonical alias, such as `#plans:example.org`. */
    readonly alias?: string | undefined;
    /** Whether messages are encrypted end to end. */
    readonly encrypted: boolean;
    /** Whether a bridge connects it with another network, as far as the event says. */
    readonly bridged?: boolean | undefined;
  };
  /** The inviter's own name in the room. */
  readonly inviterName?: string | undefined;
  /** The inviter's message. */
  readonly reason?: string | undefined;
  /**
   * When the invitee joined the room before any email left, in milliseconds UTC: not a fact of the
   * event, but of one that followed. Perhaps the homeserver did that for them.
   */
  readonly joinedAt?: number | undefined;
}

/** An invite event that was accepted, not yet stored. */
export interface Invitation {
  /** Identifies the invitation across transactions: see {@linkcode invitationKey}. */
  readonly key: string;
  /** The room's ID, at most 255 bytes. */
  readonly roomId: string;
  /** A user of this homeserver. */
  readonly invitee: UserId;
  /** The inviter's user ID, unvalidated: any text of up to 255 bytes. */
  readonly inviter: string;
  /** The event's ID, for display only. */
  readonly eventId?: string | undefined;
  /** The time in the event, in milliseconds UTC; without one, when it was received. */
  readonly originTs: number;
  /** Whether the invitee already had an open invitation, according to the event. */
  readonly reinvite: boolean;
  /** Whether it is older than invites may usually be, and came while the homeserver was catching up. */
  readonly late?: boolean | undefined;
  /** The facts in the event. */
  readonly facts: InvitationFacts;
}

/** A join, leave or ban, which ends an open invitation. */
export interface Answer {
  /** Identifies the answer: see {@linkcode answerKey}. */
  readonly key: string;
  /** The room's ID. */
  readonly roomId: string;
  /** The user whose membership changes. */
  readonly invitee: UserId;
  /** How the invitation ended. Who joined and is invited again needs to be told again. */
  readonly how: "joined" | "declined" | "withdrawn" | "banned";
  /** The keys of the invitations that it may end; by default any of the person in the room. */
  readonly only?: readonly string[] | undefined;
  /** The time in the event, in milliseconds UTC; without one, when it was received. */
  readonly originTs: number;
}

/** A change of one person's membership in one room, in the order of the transaction. */
export type Change =
  | {
    /** Somebody is invited. */
    readonly kind: "invite";
    /** The invitation. */
    readonly invitation: Invitation;
  }
  | {
    /** Somebody was invited so long ago that no email is sent; this is only remembered. */
    readonly kind: "too old";
    /** The invitation. */
    readonly invitation: Invitation;
  }
  | {
    /** An invitation is no longer open. */
    readonly kind: "answer";
    /** The answer. */
    readonly answer: Answer;
  };

/**
 * The state of an invitation: `pending` until it is due and looked up, `resolved` once there are
 * emails; the others are final states without an email.
 */
export type InvitationState = "pending" | "resolved" | "cancelled" | "skipped" | "failed";

/** The state of an email. */
export type MailState = "queued" | "sending" | "sent" | "rejected" | "cancelled" | "expired";

/** The four fields of an event that identify a membership change. */
export interface MembershipIdentity {
  /** The room's ID. */
  readonly roomId: string;
  /** The user whose membership changes. */
  readonly stateKey: string;
  /** The user who made the change. */
  readonly sender: string;
  /** The time in the event; `undefined` when it is not usable. */
  readonly originTs: number | undefined;
}

/**
 * The key of an invitation: SHA-256 of room, invitee, inviter and the event's time. Transaction IDs
 * and event IDs do not identify it, as homeservers reuse them.
 */
export function invitationKey(identity: MembershipIdentity): string {
  return digest("invite", identity);
}

/** The key of an answer. It never equals an invitation's key. */
export function answerKey(identity: MembershipIdentity): string {
  return digest("answer", identity);
}

function digest(kind: string, identity: MembershipIdentity): string {
  const { roomId, stateKey, sender, originTs } = identity;
  // JSON separates the fields: different lists never have the same text.
  const text = JSON.stringify([kind, roomId, stateKey, sender, originTs ?? null]);
  // Not that of Web Crypto, which takes another thread and ten times as long for so little.
  return createHash("sha256").update(text).digest("hex");
}
