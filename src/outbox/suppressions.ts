/**
 * The port to suppressions: recipients' choices to stop mails, made by the link in a mail.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";

/**
 * What a recipient can stop: all mails to an address, or those about inviters from other servers,
 * one room or one inviter.
 */
export type StopScope = typeof STOP_SCOPES[number];

/** What keeps mails from an address: a recipient's choice, or that they come back. */
export type SuppressionScope = StopScope | "bounce";

/** All that a recipient can stop. */
export const STOP_SCOPES = ["all", "outside", "room", "inviter"] as const;

/** The values that a link contains as hashes. */
export type HashedKind = "address" | "room" | "inviter";

/**
 * A keyed hash: without the key, nobody can tell what was hashed. For an address, it takes the
 * address's key (see `addressKey`).
 */
export type StopHash = (kind: HashedKind, value: string) => Uint8Array;

/** A mail as its link refers to it: hashes, and a row that may be deleted or another mail's. */
export interface MailReference {
  /** The row's ID. */
  readonly mail: number;
  /** The hash of the address. */
  readonly address: Uint8Array;
  /** The hash of the room's ID; absent when the mail is about several rooms. */
  readonly room?: Uint8Array | undefined;
  /** The hash of the inviter's ID; absent when the mail is about several inviters. */
  readonly inviter?: Uint8Array | undefined;
}

/** What a mail was about, as far as that is still known. */
export interface MailSubject {
  /** The room, as the invite event describes it. */
  readonly room?: InvitationFacts["room"] | undefined;
  /** The inviter. */
  readonly inviter?: { readonly id: string; readonly name?: string | undefined } | undefined;
}

/** A room or an inviter of a mail that is about several. */
export interface ListedTarget {
  /** Which of the two. */
  readonly scope: "room" | "inviter";
  /** The hash of its ID: a reference with it stops mails about this one. */
  readonly hash: Uint8Array;
  /** The room's facts, of a room. */
  readonly room?: InvitationFacts["room"] | undefined;
  /** The inviter, of an inviter. */
  readonly inviter?: MailSubject["inviter"];
  /** Whether somebody from another server invites. */
  readonly outside: boolean;
  /** Since when it is stopped, in milliseconds UTC; absent if it is not. */
  readonly since?: number | undefined;
}

/** What is stopped for a mail's recipient. */
export interface StopState {
  /** What the mail was about; empty when its row is deleted, or belongs to another address now. */
  readonly about: MailSubject;
  /** What is stopped, and since when, in milliseconds UTC. */
  readonly stopped: Readonly<Partial<Record<StopScope, number>>>;
  /**
   * The rooms and the inviters of a mail about several, as far as they are known; of each kind none if
   * there are more than a few, or if the reference is about one.
   */
  readonly several: readonly ListedTarget[];
}

/** What is not sent to an address. */
export interface Suppression {
  /** The row's ID. */
  readonly id: number;
  /** The hash of the address. */
  readonly addressHash: Uint8Array;
  /** The address's key, if known. */
  readonly addressKey?: string | undefined;
  /** The user whose address it was, if known. */
  readonly userId?: string | undefined;
  /** What is stopped. */
  readonly scope: SuppressionScope;
  /** The room's or the inviter's ID, if known. */
  readonly target?: string | undefined;
  /** How it was stopped: `page`, `one-click`, `spam report` or `bounces`. */
  readonly reason: string;
  /** Since when, in milliseconds UTC. */
  readonly at: number;
  /** When it ends by itself, in milliseconds UTC, if it does. */
  readonly until?: number | undefined;
}

/** Which suppressions to lift: one, or all of an address or a user. */
export type SuppressionSelector =
  | { readonly id: number }
  | { readonly addressKey: string }
  | { readonly userId: string };

/** Stores recipients' choices. Methods reject with an `OutboxError`. */
export interface Suppressions {
  /** The hash that references are made with. */
  readonly hash: StopHash;
  /** Reads what is stopped for a mail's recipient. */
  stateOf(mail: MailReference): Promise<StopState>;
  /**
   * Stops mails to the address at once, and cancels those that wait, in slices that let others in. A
   * mail that is being sent may still arrive. What was stopped before stays stopped since then. Returns
   * whether anything changed: a reference without a room cannot stop one.
   */
  suppress(mail: MailReference, scope: StopScope, reason: string): Promise<boolean>;
  /**
   * Undoes that if it was stopped at `since` (milliseconds UTC) or later; returns whether it did.
   */
  undo(mail: MailReference, scope: StopScope, since: number): Promise<boolean>;
  /** All suppressions, the oldest first. */
  list(): Promise<readonly Suppression[]>;
  /** Lifts the selected suppressions; returns how many. A lifted bounce counts no more. */
  lift(selector: SuppressionSelector): Promise<number>;
}
