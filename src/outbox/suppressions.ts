/**
 * The port to what recipients do not want to get any more: their choices, by the link of a mail.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";

/** What a recipient can stop: all mails to an address, those of one room, or of one inviter. */
export type StopScope = typeof STOP_SCOPES[number];

/** All that a recipient can stop. */
export const STOP_SCOPES = ["all", "room", "inviter"] as const;

/** What stands in a link instead of itself. */
export type HashedKind = "address" | "room" | "inviter";

/**
 * A keyed hash: who does not have the key cannot tell what it is of. An address is given by its key
 * (see `addressKey`).
 */
export type StopHash = (kind: HashedKind, value: string) => Uint8Array;

/** A mail as the link in it tells: hashes, and the mail's row, which may be gone or another's. */
export interface MailReference {
  /** The row's ID. */
  readonly mail: number;
  /** The hash of the address. */
  readonly address: Uint8Array;
  /** The hash of the room's ID; absent when the mail tells of several rooms. */
  readonly room?: Uint8Array | undefined;
  /** The hash of the inviter's ID; absent when the mail tells of several inviters. */
  readonly inviter?: Uint8Array | undefined;
}

/** What a mail was about, as far as that is still known. */
export interface MailSubject {
  /** The room: what the event told of it. */
  readonly room?: InvitationFacts["room"] | undefined;
  /** The inviter. */
  readonly inviter?: { readonly id: string; readonly name?: string | undefined } | undefined;
}

/** How things stand for a mail's recipient. */
export interface StopState {
  /** What the mail was about; empty when its row is gone, or belongs to another address now. */
  readonly about: MailSubject;
  /** What is stopped, and since when, in milliseconds UTC. */
  readonly stopped: Readonly<Partial<Record<StopScope, number>>>;
}

/** What is not sent to an address. */
export interface Suppression {
  /** The row's ID. */
  readonly id: number;
  /** The hash of the address. */
  readonly addressHash: Uint8Array;
  /** The address's key, where it is known. */
  readonly addressKey?: string | undefined;
  /** Whose address that was, where it is known. */
  readonly userId?: string | undefined;
  /** What is stopped. */
  readonly scope: StopScope;
  /** The room's or the inviter's ID, where it is known. */
  readonly target?: string | undefined;
  /** How it came: `page` or `one-click`. */
  readonly reason: string;
  /** Since when, in milliseconds UTC. */
  readonly at: number;
}

/** Which suppressions to lift: one, or all of an address or a person. */
export type SuppressionSelector =
  | { readonly id: number }
  | { readonly addressKey: string }
  | { readonly userId: string };

/** Keeps what recipients do not want. Every method rejects with an `OutboxError`. */
export interface Suppressions {
  /** The hash that references are made with. */
  readonly hash: StopHash;
  /** How things stand. */
  stateOf(mail: MailReference): Promise<StopState>;
  /**
   * Stops mails to the address, from the next one on, and cancels in the same transaction those that
   * wait; one that is being sent right now may still arrive. What is stopped stays so, since when it
   * was. Returns whether anything changed: a reference that has no room stops none.
   */
  suppress(mail: MailReference, scope: StopScope, reason: string): Promise<boolean>;
  /** Takes that back if it was stopped at `since` or later; returns whether it did. */
  undo(mail: MailReference, scope: StopScope, since: number): Promise<boolean>;
  /** All of them, the oldest first. */
  list(): Promise<readonly Suppression[]>;
  /** Lifts what is selected; returns how many they were. */
  lift(selector: SuppressionSelector): Promise<number>;
}
