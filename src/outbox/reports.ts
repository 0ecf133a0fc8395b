/**
 * What the outbox reports about its rows.
 *
 * @module
 */

import type { InvitationState, MailState } from "../domain/invitation.ts";

/** One line of an invitation's history. */
export interface TimelineEntry {
  /** When, in milliseconds UTC. */
  readonly at: number;
  /** What happened, such as `seen`, `resolved` or `sent`. */
  readonly step: string;
  /** Details, by step. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An invitation's history. */
export interface History {
  /** The invitation's ID. */
  readonly invitation: number;
  /** The room's ID. */
  readonly roomId: string;
  /** The inviter's user ID, unvalidated. */
  readonly inviter: string;
  /** The invite event's ID. */
  readonly eventId?: string | undefined;
  /** The present state. */
  readonly state: InvitationState;
  /** Why it is in this state, if that has a reason. */
  readonly reason?: string | undefined;
  /** The states of its mails. */
  readonly mails: readonly MailState[];
  /** The oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** How many invitations and mails there are. */
export interface Counts {
  /** Invitations by state. */
  readonly invitations: Readonly<Partial<Record<InvitationState, number>>>;
  /** Mails by state. */
  readonly mails: Readonly<Partial<Record<MailState, number>>>;
}
