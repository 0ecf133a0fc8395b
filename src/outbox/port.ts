/**
 * The port to the durable store of invitations and their mails.
 *
 * When a method has returned, its changes are on disk: they survive a kill and a power failure.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { Change, InvitationFacts } from "../domain/invitation.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Limit } from "../settings/duration.ts";
import type { Bounces } from "./bounces.ts";
import type { InvitationOutcome, MailedBefore, MailOutcome, Recipient } from "./outcomes.ts";
import type { Outage, Records } from "./records.ts";
import type { Counts, History } from "./reports.ts";
import type { InvitationSettled, MailSettled } from "./settled.ts";
import type { Suppressions } from "./suppressions.ts";
import type { Work } from "./work.ts";

export { OutboxError } from "./error.ts";
export type {
  Deferral,
  InvitationOutcome,
  MailedBefore,
  MailOutcome,
  NewMail,
  NextAddress,
  Recipient,
} from "./outcomes.ts";
export type { Outage, Work };

/** What a transaction's changes are recorded with. */
export interface RecordOptions {
  /** When the transaction was received, in milliseconds UTC. */
  readonly receivedAt: number;
  /** When a new invitation is due, in milliseconds UTC, unless it inherits an earlier time. */
  readonly dueAt: number;
  /**
   * When an invitation that a join leaves open is due, in milliseconds UTC, unless it already was due
   * later; absent if a join ends every invitation.
   */
  readonly joinedDueAt?: number | undefined;
  /** Whether the homeserver was catching up, for the history. */
  readonly catchingUp?: boolean | undefined;
  /** Where the changes were found, for the history, if not in a transaction. */
  readonly source?: ChangeSource | undefined;
}

/** Where a change of a membership was found: in the homeserver's database. */
export type ChangeSource = "database";

/** The result of one change of a transaction. */
export type Recorded =
  /** A new invitation is pending; `replaces` is the one that it superseded. */
  | {
    readonly kind: "seen";
    readonly invitation: number;
    readonly dueAt: number;
    readonly replaces?: number | undefined;
  }
  /** An invitation that ended at once. */
  | { readonly kind: "too old"; readonly invitation: number }
  /** The event was recorded before, or it answers nothing that is open. */
  | { readonly kind: "known" }
  /** A second invite to a room for which this invitation has, or will have, a mail. */
  | { readonly kind: "merged"; readonly invitation: number }
  /** A join that closed none: the invitations that wait until it is known who made it. */
  | { readonly kind: "joined"; readonly invitations: readonly number[] }
  /** An answer: the invitations that it closed, and how many mails were cancelled with them. */
  | {
    readonly kind: "answered";
    readonly invitations: readonly number[];
    readonly cancelledMails: number;
  };

/** The right to work on a row until the lease ends. Settling with an old fence does nothing. */
export interface Claim {
  /** The row's ID. */
  readonly id: number;
  /** Counts the claims of this row. */
  readonly fence: number;
}

/** An invitation that is due. */
export interface ClaimedInvitation extends Claim {
  /** The room's ID. */
  readonly roomId: string;
  /** The invited user. */
  readonly invitee: UserId;
  /** The inviter's user ID, unvalidated. */
  readonly inviter: string;
  /** Whether the inviter is a user of the homeserver. */
  readonly own: boolean;
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was first deferred, in milliseconds UTC. */
  readonly deferredSince?: number | undefined;
  /** Whether it was older than invites may usually be: see `Invitation`. */
  readonly late: boolean;
  /** What the invite event says. */
  readonly facts: InvitationFacts;
  /**
   * The latest mail that was sent about an earlier invitation of the same person to the same room,
   * unless they have been in the room since, or the administrator wants this one tried again.
   */
  readonly mailedBefore?: MailedBefore | undefined;
}

/** An invitation that a mail is about. */
export interface MailInvitation {
  /** The invitation's ID. */
  readonly id: number;
  /** The room's ID. */
  readonly roomId: string;
  /** The inviter's user ID, unvalidated. */
  readonly inviter: string;
  /** The inviter's name in the identity stores, for a local inviter. */
  readonly inviterName?: string | undefined;
  /** The event's own timestamp, in milliseconds UTC. */
  readonly originTs: number;
  /** When the event was received, in milliseconds UTC. */
  readonly receivedAt: number;
  /** What the invite event says. */
  readonly facts: InvitationFacts;
}

/** A mail that is due. */
export interface ClaimedMail extends Claim {
  /** The recipient's user ID. */
  readonly userId: UserId;
  /** The recipient's address. */
  readonly address: EmailAddress;
  /** What the mail is for: new invitations, several at once, or one that was not answered. */
  readonly kind: "invite" | "digest" | "reminder";
  /** With angle brackets; the same at each attempt. */
  readonly messageId: string;
  /** Of a reminder, the Message-ID of the mail that it reminds of, if that is still known. */
  readonly reminds?: string | undefined;
  /** Whether one of the inviters is a user of the homeserver. */
  readonly own: boolean;
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was first deferred, in milliseconds UTC. */
  readonly deferredSince?: number | undefined;
  /** Whether its last attempt never got the final reply. */
  readonly hung?: boolean | undefined;
  /** When it was queued, in milliseconds UTC. */
  readonly queuedAt: number;
  /** What is known about the recipient. */
  readonly recipient: Recipient;
  /** The invitations that are still open: at least one; own inviters' first, then the oldest. */
  readonly invitations: readonly MailInvitation[];
}

/** An invitation that was neither answered nor ended without a mail. */
export interface OpenInvitation {
  /** The row's ID. */
  readonly id: number;
  /** The key of the event: see `invitationKey`. */
  readonly key: string;
  /** The room's ID. */
  readonly roomId: string;
  /** The invited user. */
  readonly invitee: string;
  /** The invite event's ID, unless it had none. */
  readonly eventId?: string | undefined;
}

/** The bounds of claiming invitations. */
export interface InvitationClaimOptions {
  /** The maximum number of those whose inviter is not a user of the homeserver. */
  readonly strangers?: number | undefined;
  /** How many of one inviter may be claimed for the first time; the others wait. */
  readonly perInviter?: Limit | null | undefined;
  /** The same for all inviters of another server together. */
  readonly perServer?: Limit | null | undefined;
  /** The same for one room, whoever invites. */
  readonly perRoom?: Limit | null | undefined;
  /** The part of a room's that is kept for inviters of the homeserver, from 0 (none) to 1. */
  readonly ownShare?: number | undefined;
  /**
   * How many mails may be due; beyond that invitations wait, those of own inviters only for their own.
   */
  readonly maxDueMails?: number | undefined;
}

/** The bounds of claiming mails. */
export interface MailClaimOptions {
  /** The maximum number of mails. */
  readonly count: number;
  /** The maximum number of those whose inviters are not users of the homeserver. */
  readonly strangers?: number | undefined;
  /** How many mails one address may get; mails above the limit wait. */
  readonly perAddress: Limit | null;
  /** How many mails may be sent in all; mails above the limit wait. */
  readonly overall?: Limit | null | undefined;
  /** The part of both that is kept for inviters of the homeserver, from 0 (none) to 1. */
  readonly ownShare?: number | undefined;
}

/** Stores invitations and mails. Methods reject with an {@linkcode OutboxError}. */
export interface Outbox extends AsyncDisposable {
  /** 32 random bytes, created with the outbox: keys are derived from them. */
  readonly secret: Uint8Array;
  /** When the service first opened it, in milliseconds UTC: nobody is mailed about earlier invites. */
  readonly createdAt: number;
  /** The time that all who use what is stored share, in milliseconds UTC, whatever this machine's is. */
  now(): number;
  /** Recipients' choices. */
  readonly suppressions: Suppressions;
  /** Mails that came back. */
  readonly bounces: Bounces;
  /** The rows, for the administrator. */
  readonly records: Records;
  /**
   * Records a transaction's changes in the given order, all or none, by the rules of
   * {@linkcode file://./fold.ts}. Nothing is written when there is nothing new.
   */
  record(changes: readonly Change[], options: RecordOptions): Promise<readonly Recorded[]>;
  /** Since when the homeserver is catching up, in milliseconds UTC, as stored; `undefined` if it is not. */
  catchingUpSince(): Promise<number | undefined>;
  /** Stores since when the homeserver is catching up, or that it is not. */
  setCatchingUp(since: number | undefined): Promise<void>;
  /** Stores that an outage lasts for all work of a kind, or that there is none: see `Records.holds`. */
  setOutage(work: Work, outage: Outage | undefined): Promise<void>;
  /** The open invitations with higher IDs than `after`, the oldest first. */
  openInvitations(after: number, count: number): Promise<readonly OpenInvitation[]>;
  /**
   * Whether an invitation or a mail is open, so that an answer could change something.
   *
   * @param sentSince If set, a join could also change something for a mail that was sent since then,
   *   in milliseconds UTC: see `mailedBefore`.
   */
  expectsAnswers(sentSince?: number): Promise<boolean>;
  /**
   * The hashes of the user IDs (`hashUserId`) of those whose answers could change something, and of
   * some others; `undefined` while they are not known. Whom it waits for later is added to the same set.
   */
  awaited(sentSince?: number): Promise<ReadonlySet<number> | undefined>;
  /**
   * Leases invitations that are due: those of own inviters first, then the longest due. Those above a
   * limit are parked on the way, as mails are.
   */
  claimInvitations(
    count: number,
    options?: InvitationClaimOptions,
  ): Promise<readonly ClaimedInvitation[]>;
  /**
   * Ends a claim, and queues mails except to addresses that have stopped them. A claim that no
   * longer holds changes nothing.
   */
  settleInvitation(claim: Claim, outcome: InvitationOutcome): Promise<InvitationSettled>;
  /**
   * Leases mails that are due: those of own inviters first, then the longest due. Mails above a
   * limit are parked on the way, so fewer than `count` may be returned, even none, while more are due:
   * see `nextDue`. When a slot is free again, the best parked mail takes it: those of own inviters
   * first, then those of servers that had few slots.
   */
  claimMails(options: MailClaimOptions): Promise<readonly ClaimedMail[]>;
  /** Ends a claim. A mail that would wait again, but has no open invitation left, is cancelled. */
  settleMail(claim: Claim, outcome: MailOutcome): Promise<MailSettled>;
  /** Makes due now what was deferred in an outage until then (milliseconds UTC); returns how many. */
  resume(work: Work, before: number): Promise<number>;
  /**
   * Keeps a lease from ending until the result is disposed: this process works on the row, however
   * long that takes.
   */
  hold(work: Work, claim: Claim): Disposable;
  /** Whether the claim still holds; if it does, it lasts long enough for what is begun now. */
  isHeld(work: Work, claim: Claim): Promise<boolean>;
  /**
   * When there is next something to claim, in milliseconds UTC; `undefined` if nothing waits.
   *
   * @param ownOnly Whether only the work of own inviters counts, as `strangers` is used up.
   */
  nextDue(work: Work, ownOnly?: boolean): Promise<number | undefined>;
  /**
   * Calls the listener after every commit that may have made work, even if it is due only later.
   * Returns a function that removes the listener.
   */
  onWork(listener: () => void): () => void;
  /** Deletes keys that are older than the age limit; returns how many. */
  prune(): Promise<number>;
  /**
   * Deletes finished invitations and their mails of which nothing happened since then, in milliseconds
   * UTC; returns how many invitations. They still count against the limits.
   */
  pruneFinished(before: number): Promise<number>;
  /**
   * Rejects with `lost` if what is stored would not be found again. Commits do so as well. Once it has
   * resolved, the outbox needs no permission any more to read files.
   */
  check(): Promise<void>;
  /** Counts invitations and mails by state. */
  counts(): Promise<Counts>;
  /** The histories of a person's invitations, the latest first. */
  histories(invitee: UserId, count: number): Promise<readonly History[]>;
}
