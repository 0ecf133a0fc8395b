/**
 * The port to the outbox's rows for the administrator: what they say, and what can be changed by hand.
 *
 * @module
 */

import type { InvitationState, MailState } from "../domain/invitation.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Bounce } from "./bounces.ts";
import type { Counts, TimelineEntry } from "./reports.ts";
import type { LimitName, Work } from "./work.ts";

/** An invitation as it is stored. Times are in milliseconds UTC. */
export interface InvitationRecord {
  /** The row's number. */
  readonly id: number;
  /** The room's ID. */
  readonly roomId: string;
  /** The room's name as its server gives it. */
  readonly roomName?: string | undefined;
  /** The user ID of the invited. */
  readonly invitee: string;
  /** The inviter's user ID, unvalidated. */
  readonly inviter: string;
  /** The invite event's ID. */
  readonly eventId?: string | undefined;
  /** When the event was received. */
  readonly receivedAt: number;
  /** The present state. */
  readonly state: InvitationState;
  /** Why it is in this state, if that has a reason. */
  readonly reason?: string | undefined;
  /** Whether it was answered, or superseded by a newer one, or the invitee is in the room anyway. */
  readonly answered: boolean;
  /** What it waits for. */
  readonly waiting: Waiting;
  /** How often it was deferred. */
  readonly attempts: number;
  /** The IDs of its mails. */
  readonly mails: readonly number[];
}

/** A mail as it is stored. Times are in milliseconds UTC. */
export interface MailRecord {
  /** The row's number. */
  readonly id: number;
  /** The recipient's user ID. */
  readonly userId: string;
  /** The recipient's address. */
  readonly address: string;
  /** With angle brackets. */
  readonly messageId: string;
  /** When it was queued. */
  readonly queuedAt: number;
  /** The present state. */
  readonly state: MailState;
  /** Why it is in this state, if that has a reason. */
  readonly reason?: string | undefined;
  /** The code of the server's last refusal, if there was one. */
  readonly replyCode?: number | undefined;
  /** What it waits for. */
  readonly waiting: Waiting;
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was sent. */
  readonly sentAt?: number | undefined;
  /** Why it came back, if it did. */
  readonly bounce?: BounceNote | undefined;
  /** The IDs of the invitations that it is about. */
  readonly invitations: readonly number[];
  /** Whether one of them is still to be answered. */
  readonly isOpen: boolean;
}

/** Why and when a mail came back. */
export interface BounceNote extends Bounce {
  /** In milliseconds UTC. */
  readonly at: number;
}

/** What a row waits for. */
export type Waiting =
  /** It has ended, or is done. */
  | { readonly kind: "no" }
  /** It is due then, in milliseconds UTC. */
  | { readonly kind: "due"; readonly at: number }
  /** It waits for a limit. */
  | { readonly kind: "parked"; readonly limit: LimitName }
  /** The service works on it at the moment. */
  | { readonly kind: "claimed" };

/** A row by its number. */
export interface RecordRef {
  /** The kind of row. */
  readonly work: Work;
  /** The row's number. */
  readonly id: number;
}

/** Which rows to list: those that match all that is given, the latest first. */
export interface RecordQuery<State extends string> {
  /** Only rows in this state. */
  readonly state?: State | undefined;
  /** Only rows of this person. */
  readonly user?: UserId | undefined;
  /** The maximum number of rows. */
  readonly count: number;
}

/** How many rows ended for one reason. */
export interface ReasonCount {
  /** The kind of row. */
  readonly work: Work;
  /** The state that they are in. */
  readonly state: InvitationState | MailState;
  /** The reason. */
  readonly reason: string;
  /** How many there are. */
  readonly count: number;
}

/** What the outbox holds at present, in figures. */
export interface Standing extends Counts {
  /** When the oldest of those was received that still wait, or are being worked on; milliseconds UTC. */
  readonly oldest: Readonly<Record<Work, number | undefined>>;
  /** How many rows wait for each limit; none for one that nothing waits for. */
  readonly limited: Readonly<Partial<Record<LimitName, number>>>;
}

/** The same, with what happened of late. Times are in milliseconds UTC. */
export interface Summary extends Standing {
  /** The mails that were sent since then. */
  readonly sentSince: { readonly at: number; readonly count: number };
  /** How many mails came back since then. */
  readonly bouncedSince: number;
  /** Why rows ended without a mail since then, or wait longer than usual; the most frequent first. */
  readonly reasons: readonly ReasonCount[];
}

/** An outage of what all work of a kind needs: then one item at a time is tried. */
export interface Outage {
  /** When it was noticed, in milliseconds UTC. */
  readonly since: number;
  /** When the next item is tried, in milliseconds UTC. In the past, it is being tried. */
  readonly probeAt: number;
  /** For the administrator: why the latest attempt failed, in one line without addresses. */
  readonly reason: string;
}

/** What keeps everything from being worked on, as the service stored it last. */
export interface Holds {
  /** Since when the homeserver is catching up, in milliseconds UTC; `undefined` if it is not. */
  readonly catchingUp?: number | undefined;
  /** The outages that last. */
  readonly outages: Readonly<Record<Work, Outage | undefined>>;
}

/** The result of changing a row by hand. */
export type Intervention =
  | { readonly kind: "done" }
  /** There is no such row. */
  | { readonly kind: "unknown" }
  /** Nothing was changed. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Why a row cannot be retried or cancelled. */
export type Refusal =
  | "answered"
  | "being worked on"
  | "cancelled"
  | "ended"
  | "has mails"
  | "sent"
  | "waits for a limit";

/** What was deleted, and how many choices to stop emails stay as hashes. */
export interface Forgotten {
  /** How many invitations were deleted. */
  readonly invitations: number;
  /** How many mails were deleted. */
  readonly mails: number;
  /** How many choices to stop mails stay, as hashes. */
  readonly choices: number;
}

/** The outbox's rows. Methods reject with an `OutboxError`. */
export interface Records {
  /** Lists invitations, the latest first. */
  invitations(query: RecordQuery<InvitationState>): Promise<readonly InvitationRecord[]>;
  /** Lists mails, the latest first. */
  mails(query: RecordQuery<MailState>): Promise<readonly MailRecord[]>;
  /** One invitation. */
  invitation(id: number): Promise<InvitationRecord | undefined>;
  /** One mail. */
  mail(id: number): Promise<MailRecord | undefined>;
  /** An invitation's history, the oldest entry first. */
  timeline(invitation: number): Promise<readonly TimelineEntry[]>;
  /**
   * The figures of all rows: of a million it takes seconds, while others work. Rows that change meanwhile
   * may be missed or counted twice.
   */
  standing(): Promise<Standing>;
  /** The figures; those by time since `since`, in milliseconds UTC. Others may have to wait for it. */
  summary(since: number): Promise<Summary>;
  /** What all rows wait for. */
  holds(): Promise<Holds>;
  /**
   * Makes a row due at once. One that has ended without success starts again from its beginning, as if
   * it was never tried.
   */
  retry(row: RecordRef): Promise<Intervention>;
  /** Ends a row that waits. An invitation ends with all its mails that wait. */
  cancel(row: RecordRef): Promise<Intervention>;
  /**
   * Deletes all of a person's invitations and mails, also from what the database has not overwritten
   * yet. Their choices to stop mails, and the keys of the events, stay as hashes. What is being sent at
   * the moment may still arrive.
   */
  forget(user: UserId): Promise<Forgotten>;
}
