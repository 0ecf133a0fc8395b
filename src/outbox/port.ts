/**
 * The port to the durable store of invitations and of the mails that tell of them.
 *
 * Whatever a method has returned from is on disk: it survives a kill and a loss of power.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { Change, InvitationFacts, InvitationState, MailState } from "../domain/invitation.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Limit } from "../settings/duration.ts";
import type { StopScope, Suppressions } from "./suppressions.ts";

/** What a transaction's changes are recorded with. */
export interface RecordOptions {
  /** When the transaction came, in milliseconds UTC. */
  readonly receivedAt: number;
  /** When a new invitation falls due, unless it inherits an earlier time. */
  readonly dueAt: number;
}

/** What one change of a transaction came to. */
export type Recorded =
  /** A new invitation is pending; `replaces` tells the one whose due time it took over. */
  | {
    readonly kind: "seen";
    readonly invitation: number;
    readonly dueAt: number;
    readonly replaces?: number | undefined;
  }
  /** Its event came before, or it answers nothing that is open. */
  | { readonly kind: "known" }
  /** A second invitation to a room that this invitation already tells, or is going to tell, of. */
  | { readonly kind: "merged"; readonly invitation: number }
  /** An answer: the invitations that are no longer open, and how many mails went with them. */
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
  /** Whom it is for. */
  readonly invitee: UserId;
  /** Whose it is: any text. */
  readonly inviter: string;
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was first deferred, in milliseconds UTC. */
  readonly deferredSince?: number | undefined;
  /** What the event tells. */
  readonly facts: InvitationFacts;
}

/** A mail to be, one for each address. */
export interface NewMail {
  /** Where to. */
  readonly address: EmailAddress;
  /** The address's key: see `addressKey`. */
  readonly addressKey: string;
  /** With its angle brackets; random, and no other mail's. */
  readonly messageId: string;
  /** What is known of the recipient. */
  readonly recipient: Recipient;
}

/** What the identity stores know of a mail's recipient, kept with the mail. */
export interface Recipient {
  /** The name, empty when unknown. */
  readonly name: string;
  /** A language tag of BCP 47. */
  readonly language?: string | undefined;
  /** A time zone's name. */
  readonly timeZone?: string | undefined;
  /** Whether there is an account at the homeserver, where the stores know it. */
  readonly hasAccount?: boolean | undefined;
}

/** What became of an invitation that was claimed. */
export type InvitationOutcome =
  /** Mails are queued in the same transaction, unless the inviter's limit is reached. */
  | {
    readonly kind: "resolved";
    readonly mails: readonly NewMail[];
    /** The inviter's name in the identity stores, for a local inviter. */
    readonly inviterName?: string | undefined;
    /** What the room is called, where the event does not tell. */
    readonly room?:
      | { readonly name?: string | undefined; readonly alias?: string | undefined }
      | undefined;
  }
  /** It ends without a mail. */
  | { readonly kind: "skipped" | "failed"; readonly reason: string }
  /** Something did not work: again at that time. */
  | { readonly kind: "deferred"; readonly reason: string; readonly until: number }
  /** Nothing was tried, as the service stops. */
  | { readonly kind: "released" };

/** What settling an invitation came to. */
export type InvitationSettled =
  /** As was said; the IDs of the mails that are now queued. */
  | { readonly kind: "settled"; readonly mails: readonly number[] }
  /** None of the addresses wants it: it ends, and these are the reasons. */
  | { readonly kind: "suppressed"; readonly scopes: readonly StopScope[] }
  /** The inviter has reached the limit: it waits until then. */
  | { readonly kind: "limited"; readonly until: number }
  /** It was answered meanwhile, or is another worker's: nothing was changed. */
  | { readonly kind: "lost" };

/** What a mail tells of. */
export interface MailInvitation {
  /** The invitation's ID. */
  readonly id: number;
  /** The room's ID. */
  readonly roomId: string;
  /** Whose it is: any text. */
  readonly inviter: string;
  /** The inviter's name in the identity stores, for a local inviter. */
  readonly inviterName?: string | undefined;
  /** When the inviter's server says it was made, in milliseconds UTC. */
  readonly originTs: number;
  /** When it was received, in milliseconds UTC. */
  readonly receivedAt: number;
  /** What the event tells. */
  readonly facts: InvitationFacts;
}

/** A mail that is due. */
export interface ClaimedMail extends Claim {
  /** Whom it is for. */
  readonly userId: UserId;
  /** Where to. */
  readonly address: EmailAddress;
  /** What kind of mail it is. */
  readonly kind: "invite" | "digest" | "reminder";
  /** With its angle brackets; the same at each attempt. */
  readonly messageId: string;
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was first deferred, in milliseconds UTC. */
  readonly deferredSince?: number | undefined;
  /** When it was queued, in milliseconds UTC. */
  readonly queuedAt: number;
  /** What is known of the recipient. */
  readonly recipient: Recipient;
  /** What it tells of: what is still open, at least one, the oldest first. */
  readonly invitations: readonly MailInvitation[];
}

/** What became of a mail that was claimed. */
export type MailOutcome =
  /** The transport has taken it. */
  | { readonly kind: "sent"; readonly response: string }
  /** It ends here: the address takes no mail, or it was tried for too long. */
  | {
    readonly kind: "rejected" | "expired";
    readonly reason: string;
    readonly replyCode?: number | undefined;
  }
  /** Again at that time. */
  | {
    readonly kind: "deferred";
    readonly reason: string;
    readonly until: number;
    readonly replyCode?: number | undefined;
  }
  /** Nothing was tried, as the service stops. */
  | { readonly kind: "released" };

/** What claiming mails is bound by. */
export interface MailClaimOptions {
  /** How many at most. */
  readonly count: number;
  /** How many mails one address may get; what is over it waits. */
  readonly perAddress: Limit | null;
}

/** One line of an invitation's history. */
export interface TimelineEntry {
  /** When, in milliseconds UTC. */
  readonly at: number;
  /** What happened: `seen`, `resolved`, `sent`, ... */
  readonly step: string;
  /** What there is to say about it. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An invitation's history. */
export interface History {
  /** The invitation's ID. */
  readonly invitation: number;
  /** The room's ID. */
  readonly roomId: string;
  /** Whose it is: any text. */
  readonly inviter: string;
  /** The event's ID. */
  readonly eventId?: string | undefined;
  /** What has become of it. */
  readonly state: InvitationState;
  /** Why, where it ended without a mail. */
  readonly reason?: string | undefined;
  /** The states of its mails. */
  readonly mails: readonly MailState[];
  /** The oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** What waits, and what became of the rest. */
export interface Counts {
  /** Invitations by state. */
  readonly invitations: Readonly<Partial<Record<InvitationState, number>>>;
  /** Mails by state. */
  readonly mails: Readonly<Partial<Record<MailState, number>>>;
}

/** What there is to claim. */
export type Work = "invitations" | "mails";

/** Keeps invitations and mails. Every method rejects with an {@linkcode OutboxError}. */
export interface Outbox extends AsyncDisposable {
  /** 32 random bytes, made when the outbox was: what keys are derived from. */
  readonly secret: Uint8Array;
  /** What recipients do not want to get. */
  readonly suppressions: Suppressions;
  /**
   * Records what a transaction says, all of it or nothing, in the order given. The rules are those
   * of {@linkcode file://./fold.ts}. Nothing is written when there is nothing new.
   */
  record(changes: readonly Change[], options: RecordOptions): Promise<readonly Recorded[]>;
  /** Whether an invitation or its mail is open, so that an answer would change something. */
  expectsAnswers(): Promise<boolean>;
  /** Leases invitations that are due, the longest due first. */
  claimInvitations(count: number): Promise<readonly ClaimedInvitation[]>;
  /**
   * Ends a claim, and queues mails, but for addresses that do not want them; `perInviter` limits how
   * many invitations may have mails. A claim that has ended, or that another worker took over,
   * changes nothing.
   */
  settleInvitation(
    claim: Claim,
    outcome: InvitationOutcome,
    perInviter: Limit | null,
  ): Promise<InvitationSettled>;
  /**
   * Leases mails that are due, the longest due first. Fewer than asked for, even none, may be
   * returned while more are due, as those of addresses with too many are put off on the way:
   * `nextDue` tells.
   */
  claimMails(options: MailClaimOptions): Promise<readonly ClaimedMail[]>;
  /** Ends a claim. A mail that is deferred when all it tells of was answered is cancelled. */
  settleMail(claim: Claim, outcome: MailOutcome): Promise<void>;
  /** When there will be something to claim, in milliseconds UTC; `undefined` when there is none. */
  nextDue(work: Work): Promise<number | undefined>;
  /**
   * Calls back after every commit that may have made work, also work that is due only later. The
   * result ends that.
   */
  onWork(listener: () => void): () => void;
  /** Forgets keys that are older than the age limit; returns how many. */
  prune(): Promise<number>;
  /** What waits, and what became of the rest. */
  counts(): Promise<Counts>;
  /** The histories of a person's invitations, the latest first. */
  histories(invitee: UserId, count: number): Promise<readonly History[]>;
}

/**
 * The store of invitations failed. `unavailable` passes (busy, disk full), `refused` wants the
 * administrator (another owner, a newer schema, a damaged file).
 */
export class OutboxError extends Error {
  /** The name of this kind of error. */
  override readonly name = "OutboxError";

  /** Says what kind of failure it is, and what failed. */
  constructor(
    readonly kind: "unavailable" | "refused",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
