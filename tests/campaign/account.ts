/**
 * Accounts for every invite of a campaign. It knows only what went in and what came out.
 *
 * @module
 */

/** An invite that was acknowledged with 200. */
export interface AcceptedInvite {
  /** The room's ID, which no other invite of the campaign has. */
  readonly room: string;
  /** The address of the invited person. */
  readonly address: string;
  /** When it was acknowledged, in milliseconds. */
  readonly acceptedAt: number;
}

/** A mail that the mail server accepted. */
export interface ArrivedMail {
  /** Its Message-ID. */
  readonly messageId: string;
  /** The recipient's address. */
  readonly address: string;
  /** The rooms whose invites it announces. */
  readonly rooms: readonly string[];
  /** When it arrived, in milliseconds. */
  readonly arrivedAt: number;
}

/** What became of the invites. */
export interface Account {
  /** How many were acknowledged. */
  readonly accepted: number;
  /** How many were announced, at least once. */
  readonly announced: number;
  /** Rooms that were acknowledged and never announced to the right address. */
  readonly lost: readonly string[];
  /** Rooms that were announced by mails of different Message-IDs. */
  readonly doubled: readonly string[];
  /** How many copies arrived beyond the first one, with the same Message-ID. */
  readonly copies: number;
  /** Rooms that were announced later than the limit after their acknowledgement. */
  readonly late: readonly string[];
  /** Rooms that were announced to somebody else. */
  readonly misdirected: readonly string[];
}

/** Compares what went in with what came out; `lateAfter` is in milliseconds. */
export function accountFor(
  invites: readonly AcceptedInvite[],
  mails: readonly ArrivedMail[],
  lateAfter: number,
): Account {
  const byRoom = Map.groupBy(
    mails.flatMap((mail) => mail.rooms.map((room) => ({ ...mail, room }))),
    ({ room }) => room,
  );
  const lost: string[] = [];
  const doubled: string[] = [];
  const late: string[] = [];
  const misdirected: string[] = [];
  for (const { room, address, acceptedAt } of invites) {
    const announcements = byRoom.get(room) ?? [];
    const right = announcements.filter((mail) => mail.address === address);
    if (right.length < announcements.length) misdirected.push(room);
    const [first] = right;
    if (first === undefined) {
      lost.push(room);
      continue;
    }
    if (new Set(right.map(({ messageId }) => messageId)).size > 1) doubled.push(room);
    if (first.arrivedAt - acceptedAt > lateAfter) late.push(room);
  }
  const copies = mails.length - new Set(mails.map(({ messageId }) => messageId)).size;
  const accepted = invites.length;
  return { accepted, announced: accepted - lost.length, lost, doubled, copies, late, misdirected };
}
