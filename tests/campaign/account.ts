/**
 * Accounts for every invite of a campaign. It knows only what went in and what came out.
 *
 * @module
 */

import { type Expectations, leasesIn, overlap, touches, waitsAtMost } from "./expectations.ts";
import type { AcceptedInvite, ArrivedMail } from "./traffic.ts";

/** What became of the invites. */
export interface Account {
  /** How many were acknowledged. */
  readonly accepted: number;
  /** How many were announced, at least once. */
  readonly announced: number;
  /** How many were not announced, or doubled, as the faults allow. */
  readonly allowed: number;
  /** Rooms that were acknowledged and never announced to the right address. */
  readonly lost: readonly string[];
  /** Rooms that were announced by mails of different Message-IDs. */
  readonly doubled: readonly string[];
  /** How many copies arrived beyond the first one, with the same Message-ID. */
  readonly copies: number;
  /** How many leases of processes that were killed the invites waited for. */
  readonly held: number;
  /** Rooms that were announced later after their acknowledgement than is expected. */
  readonly late: readonly string[];
  /** Rooms that were announced to somebody else. */
  readonly misdirected: readonly string[];
  /** The longest time from an acknowledgement to the mail, in milliseconds. */
  readonly longestWait: number;
}

/** Compares what went in with what came out and with what the faults allow. */
export function accountFor(
  invites: readonly AcceptedInvite[],
  mails: readonly ArrivedMail[],
  expectations: Expectations,
): Account {
  const byRoom = announcements(mails);
  const limits = waitsAtMost(invites, mails, expectations);
  const lost: string[] = [];
  const doubled: string[] = [];
  const late: string[] = [];
  const misdirected: string[] = [];
  let announced = 0;
  let allowed = 0;
  let held = 0;
  let longestWait = 0;
  for (const invite of invites) {
    const { room, address, acceptedAt } = invite;
    const all = byRoom.get(room) ?? [];
    const right = all.filter((mail) => mail.address === address);
    if (right.length < all.length) misdirected.push(room);
    const mayBeMissing = expectations.setAside.has(room) || touches(expectations.mayBeLost, invite);
    const [first] = right;
    if (first === undefined) {
      if (mayBeMissing) allowed++;
      else lost.push(room);
      continue;
    }
    announced++;
    if (new Set(right.map(({ messageId }) => messageId)).size > 1) {
      if (touches(expectations.mayBeDoubled, invite)) allowed++;
      else doubled.push(room);
    }
    const waited = first.arrivedAt - acceptedAt;
    longestWait = Math.max(longestWait, waited);
    const excused = overlap(expectations.excused, acceptedAt, first.arrivedAt);
    const leases = leasesIn(
      expectations,
      invite,
      first,
      waited - excused - (limits.get(room) ?? 0),
    );
    if (leases === undefined) late.push(room);
    else held += leases;
  }
  const copies = mails.length - new Set(mails.map(({ messageId }) => messageId)).size;
  const accepted = invites.length;
  return {
    ...{ accepted, announced, allowed, lost, doubled, copies },
    ...{ held, late, misdirected, longestWait },
  };
}

/** The mails that announce each room, the first one first. */
export function announcements(
  mails: readonly ArrivedMail[],
): ReadonlyMap<string, readonly ArrivedMail[]> {
  const byRoom = new Map<string, ArrivedMail[]>();
  for (const mail of mails) {
    for (const room of mail.rooms) {
      const others = byRoom.get(room);
      if (others === undefined) byRoom.set(room, [mail]);
      else others.push(mail);
    }
  }
  return byRoom;
}
