/**
 * The port to the memberships of the homeserver's own people, as the homeserver has stored them.
 *
 * @module
 */

import type { LookupOptions } from "./port.ts";

/** An invite that nobody has answered, as far as the homeserver knows. */
export interface PendingInvite {
  /** The event as homeservers push it; `undefined` when the homeserver received it too early. */
  readonly event?: unknown;
}

/** An invite whose answer is looked for. */
export interface AskedInvite {
  readonly roomId: string;
  readonly invitee: string;
  /** The invite event's ID. */
  readonly eventId: string;
}

/** Options of reading memberships. */
export type MembershipOptions = Pick<LookupOptions, "signal">;

/** A source of memberships. Everything in it is what other people wrote, and unvalidated. */
export interface Memberships extends AsyncDisposable {
  /**
   * Reads a page of the pending invites, in an order of its own.
   *
   * @param since Those that the homeserver received earlier, in milliseconds UTC, are only counted.
   * @param after Where the page before ended; absent for the first page.
   * @throws {StoreError} If they cannot be read.
   */
  pendingInvites(
    since: number,
    after?: MembershipPlace,
    options?: MembershipOptions,
  ): Promise<MembershipPage>;
  /**
   * Finds the join, leave or ban that came after each of the invites, as homeservers push it. Of an
   * invite that is still pending, or that this source has not seen, there is none.
   *
   * @throws {StoreError} If they cannot be read.
   */
  answers(
    invites: readonly AskedInvite[],
    options?: MembershipOptions,
  ): Promise<readonly FoundAnswer[]>;
}

/** Where a page ends. */
export interface MembershipPlace {
  readonly userId: string;
  readonly roomId: string;
}

/** A page of pending invites. */
export interface MembershipPage {
  readonly invites: readonly PendingInvite[];
  /** Where it ends; `undefined` for the last page. */
  readonly end?: MembershipPlace | undefined;
}

/** An answer to one of the invites that was asked for. */
export interface FoundAnswer {
  readonly invite: AskedInvite;
  /** The membership event. */
  readonly event: unknown;
}
