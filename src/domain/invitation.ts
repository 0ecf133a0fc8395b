/**
 * An invitation, what is known of it, and what becomes of it.
 *
 * @module
 */

import type { UserId } from "./user_id.ts";

/** What a room is to the person who is invited. */
export type RoomKind = "room" | "space" | "direct";

/**
 * What the invite event tells. Absent means unknown. All texts are as the event has them, but cut:
 * nothing in here may be trusted.
 */
export interface InvitationFacts {
  /** The room as the inviter's server describes it. */
  readonly room: {
    /** A space, a direct chat, or else a room. */
    readonly kind: RoomKind;
    /** The room's name. */
    readonly name?: string | undefined;
    /** What the room is about. */
    readonly topic?: string | undefined;
    /** The canonical alias, such as `#plans:example.org`. */
    readonly alias?: string | undefined;
    /** Whether messages are encrypted end to end. */
    readonly encrypted: boolean;
  };
  /** The inviter's own name in the room. */
  readonly inviterName?: string | undefined;
  /** What the inviter wrote along. */
  readonly reason?: string | undefined;
}

/** An invite event that passed the rules, not yet stored. */
export interface Invitation {
  /** Identifies the invitation, whatever transaction it comes in: see {@linkcode invitationKey}. */
  readonly key: string;
  /** The room's ID, at most 255 bytes. */
  readonly roomId: string;
  /** Whom it is for: a user of this homeserver. */
  readonly invitee: UserId;
  /** Whose it is: any text up to 255 bytes. */
  readonly inviter: string;
  /** The event's ID, for display only. */
  readonly eventId?: string | undefined;
  /** When the inviter's server says it was made, in milliseconds UTC; else when it was received. */
  readonly originTs: number;
  /** Whether the invitee had an open invitation already, by the event's own word. */
  readonly reinvite: boolean;
  /** What it tells. */
  readonly facts: InvitationFacts;
}

/** A join, leave or ban: the invitation it answers is no longer open. */
export interface Answer {
  /** Identifies the answer: see {@linkcode answerKey}. */
  readonly key: string;
  /** The room's ID. */
  readonly roomId: string;
  /** Whose membership it is. */
  readonly invitee: UserId;
  /** What became of it, for the timeline. */
  readonly how: "joined" | "declined" | "withdrawn" | "banned";
  /** When the event says it was made, in milliseconds UTC; else when it was received. */
  readonly originTs: number;
}

/** What a transaction says of one person in one room, in the order of the transaction. */
export type Change =
  | {
    /** Somebody is invited. */
    readonly kind: "invite";
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
 * What becomes of an invitation: `pending` until it is due and looked up, `resolved` once there are
 * mails; the others are ends without a mail.
 */
export type InvitationState = "pending" | "resolved" | "cancelled" | "skipped" | "failed";

/** What becomes of a mail. */
export type MailState = "queued" | "sending" | "sent" | "rejected" | "cancelled" | "expired";

/** The four fields of an event that say which membership change it is. */
export interface MembershipIdentity {
  /** The room's ID. */
  readonly roomId: string;
  /** Whose membership it is. */
  readonly stateKey: string;
  /** Who changed it. */
  readonly sender: string;
  /** As the event has it; `undefined` when that is no usable time. */
  readonly originTs: number | undefined;
}

/**
 * What identifies an invitation: SHA-256 of room, invitee, inviter and the origin's time.
 * Transaction IDs and event IDs do not, as homeservers use them again.
 */
export function invitationKey(identity: MembershipIdentity): Promise<string> {
  return digest("invite", identity);
}

/** What identifies an answer. It never equals an invitation's key. */
export function answerKey(identity: MembershipIdentity): Promise<string> {
  return digest("answer", identity);
}

async function digest(kind: string, identity: MembershipIdentity): Promise<string> {
  const { roomId, stateKey, sender, originTs } = identity;
  // JSON keeps the fields apart: no two different lists have the same text.
  const text = JSON.stringify([kind, roomId, stateKey, sender, originTs ?? null]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
