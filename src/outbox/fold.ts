/**
 * Decides what a transaction's changes mean for the invitations that are recorded already: pure,
 * and the same for every database.
 *
 * Arrival order decides. Transactions are sent again, in part and rebuilt, after later ones have
 * been recorded. Therefore:
 *
 * - a known invite changes nothing, whatever its invitation's state;
 * - an answer, or a newer invite, never affects an invitation that stands later in the same body;
 * - an answer is applied once;
 * - a join also counts for invitations that were answered and mailed before;
 * - a new invite of a pair whose invitation is pending takes over its due time;
 * - where people are told that they were added, a join does not end an invitation that is pending: it
 *   may be the homeserver's own, which is found out when the invitation is due.
 *
 * @module
 */

import type { Answer, Change, Invitation } from "../domain/invitation.ts";

/** An invitation in the database that was not answered. */
export interface OpenInvitation {
  readonly id: number;
  readonly key: string;
  readonly roomId: string;
  readonly invitee: string;
  /** `pending`; once resolved, `mailed` if a mail was sent or waits, else `undeliverable`. */
  readonly state: "pending" | "mailed" | "undeliverable";
  readonly dueAt: number;
  /** Whether an earlier join did not end it. */
  readonly joined: boolean;
}

/** A pending invitation that a join does not end. */
export interface KeptInvitation {
  readonly ref: InvitationRef;
  /** When it is due, in milliseconds UTC: not earlier than it was. */
  readonly dueAt: number;
}

/** An invitation in the database that was answered, by anything but a join, after it had a mail. */
export type PastInvitation = Pick<OpenInvitation, "id" | "key" | "roomId" | "invitee">;

/** What the database knows about the pairs and keys in a body. */
export interface KnownState {
  readonly seenKeys: ReadonlySet<string>;
  readonly open: readonly OpenInvitation[];
  /** Needed for the pairs of joins: those since which the invitee has not joined. */
  readonly past: readonly PastInvitation[];
}

/** Refers to an invitation: by its ID, or by the index of its insertion in the plan. */
export type InvitationRef = { readonly id: number } | { readonly inserted: number };

/** One step of the plan, for the change at the same index. */
export type Step =
  /** Nothing is written: the event is known, or it answers nothing that is known. */
  | { readonly kind: "known" }
  | {
    readonly kind: "insert";
    readonly invitation: Invitation;
    readonly dueAt: number;
    readonly superseded: readonly InvitationRef[];
  }
  | { readonly kind: "merge"; readonly invitation: Invitation; readonly into: InvitationRef }
  /** An invitation that ends at once, whatever else is known of the pair. */
  | { readonly kind: "end"; readonly invitation: Invitation }
  /**
   * An answer to remember. `closed` is empty if it only must not be applied later. `joined` are others
   * that were answered before the invitee joined, `kept` those that the join does not end.
   */
  | {
    readonly kind: "close";
    readonly answer: Answer;
    readonly closed: readonly InvitationRef[];
    readonly joined: readonly InvitationRef[];
    readonly kept: readonly KeptInvitation[];
  };

interface Entry {
  readonly ref: InvitationRef;
  readonly key: string;
  readonly state: OpenInvitation["state"];
  readonly dueAt: number;
  readonly joined: boolean;
}

const KNOWN: Step = { kind: "known" };

/** What the rules need to know about a whole body, of which a slice is folded. */
export interface BodyIndex {
  /** The last index of each invite's key in the body. */
  readonly lastIndex: ReadonlyMap<string, number>;
  /** The pairs that the body has an invite for. */
  readonly invitedPairs: ReadonlySet<string>;
}

/** Indexes a body. */
export function indexBody(changes: readonly Change[]): BodyIndex {
  const lastIndex = new Map<string, number>();
  const invitedPairs = new Set<string>();
  changes.forEach((change, index) => {
    if (change.kind === "answer") return;
    lastIndex.set(change.invitation.key, index);
    if (change.kind === "invite") invitedPairs.add(pairOf(change));
  });
  return { lastIndex, invitedPairs };
}

/** How a slice of a body is folded. */
export interface FoldOptions {
  /** The index of the whole body; by default the slice is all of it. */
  readonly body?: BodyIndex | undefined;
  /** Where the slice begins in it. */
  readonly offset?: number | undefined;
  /** See `RecordOptions`. */
  readonly joinedDueAt?: number | undefined;
}

/**
 * The plan for a body, or for a slice of it: one step for each change, in the same order. The slices
 * before must have been recorded.
 */
export function fold(
  changes: readonly Change[],
  known: KnownState,
  dueAt: number,
  { body = indexBody(changes), offset = 0, joinedDueAt }: FoldOptions = {},
): readonly Step[] {
  const seen = new Set(known.seenKeys);
  const { invitedPairs } = body;
  const lastIndex = (key: string) => (body.lastIndex.get(key) ?? -1) - offset;
  const openByPair = new Map<string, Entry[]>();
  for (const change of changes) openByPair.set(pairOf(change), []);
  for (const { id, ...rest } of known.open) {
    openByPair.get(pairText(rest))?.push({ ref: { id }, ...rest });
  }
  const pastByPair = new Map<string, Pick<Entry, "ref" | "key">[]>();
  for (const { id, key, ...pair } of known.past) {
    const past = pastByPair.get(pairText(pair)) ?? [];
    pastByPair.set(pairText(pair), [...past, { ref: { id }, key }]);
  }
  const standsLater = (entry: Pick<Entry, "key">, index: number) => lastIndex(entry.key) > index;

  return changes.map((change, index): Step => {
    const pair = pairOf(change);
    const open = openByPair.get(pair) ?? [];
    const later = open.filter((entry) => standsLater(entry, index));
    const earlier = open.filter((entry) => !later.includes(entry));

    if (change.kind === "answer") {
      const { answer } = change;
      if (seen.has(answer.key)) return KNOWN;
      const past = pastByPair.get(pair) ?? [];
      const joined = answer.how === "joined"
        ? past.filter((entry) => !standsLater(entry, index))
        : [];
      // Remembered even if it closes nothing: the body may come again without the invite that stood
      // after this answer, and the answer must not close it then.
      const answered = earlier.filter(({ key }) => answer.only?.includes(key) ?? true);
      // A new name of somebody who is in the room comes as a join as well.
      const stays = ({ joined, state }: Entry) =>
        answer.how === "joined" && (joined || joinedDueAt !== undefined && state === "pending");
      const closed = answered.filter((entry) => !stays(entry));
      const kept = answered.filter((entry) => stays(entry) && !entry.joined);
      if (answered.length + joined.length === 0 && !invitedPairs.has(pair)) return KNOWN;
      seen.add(answer.key);
      openByPair.set(
        pair,
        open.filter((entry) => !closed.includes(entry)).map((entry) =>
          kept.includes(entry) ? { ...entry, joined: true } : entry
        ),
      );
      const mailed = closed.filter(({ state }) => state === "mailed");
      pastByPair.set(
        pair,
        answer.how === "joined"
          ? past.filter((entry) => !joined.includes(entry))
          : [...past, ...mailed],
      );
      return {
        kind: "close",
        answer,
        closed: closed.map(({ ref }) => ref),
        joined: joined.map(({ ref }) => ref),
        kept: kept.map(({ ref, dueAt }) => ({ ref, dueAt: Math.max(dueAt, joinedDueAt ?? 0) })),
      };
    }

    const { invitation } = change;
    const { key } = invitation;
    // An event that a body contains twice counts at its last index.
    if (seen.has(key) || lastIndex(key) !== index) return KNOWN;
    seen.add(key);
    if (change.kind === "too old") return { kind: "end", invitation };
    const newer = later.findLast(({ state }) => state !== "undeliverable");
    // The newer one overtook this one, which therefore needs no mail.
    if (newer) return { kind: "merge", invitation, into: newer.ref };
    const pending = earlier.filter(({ state }) => state === "pending");
    const mailed = earlier.findLast(({ state }) => state === "mailed");
    if (pending.length === 0 && invitation.reinvite && mailed) {
      return { kind: "merge", invitation, into: mailed.ref };
    }
    const inherited = Math.min(dueAt, ...pending.map((entry) => entry.dueAt));
    const ref = { inserted: index };
    const entry: Entry = { ref, key, state: "pending", dueAt: inherited, joined: false };
    openByPair.set(pair, [...open.filter((other) => !pending.includes(other)), entry]);
    return {
      kind: "insert",
      invitation,
      dueAt: inherited,
      superseded: pending.map(({ ref }) => ref),
    };
  });
}

function pairOf(change: Change): string {
  return pairText(change.kind === "answer" ? change.answer : change.invitation);
}

// A user ID contains no line break, so no two pairs have the same text.
function pairText(pair: { readonly roomId: string; readonly invitee: string }): string {
  return `${pair.roomId}\n${pair.invitee}`;
}
