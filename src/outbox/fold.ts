/**
 * What a transaction's changes mean for the invitations that are there already: pure, and the same
 * for every database.
 *
 * Arrival order decides. Transactions come again, in part and rebuilt, after later ones have been
 * recorded, so that:
 *
 * - a known invite changes nothing, whatever has become of it;
 * - an answer, or a newer invite, never touches an invitation that stands later in the same body;
 * - an answer is applied once;
 * - a new invite of a pair whose invitation is pending takes over its due time.
 *
 * @module
 */

import type { Answer, Change, Invitation } from "../domain/invitation.ts";

/** An invitation in the database that is pending, or that an open mail tells of. */
export interface OpenInvitation {
  readonly id: number;
  readonly key: string;
  readonly roomId: string;
  readonly invitee: string;
  /** `mailed` once it was resolved. */
  readonly state: "pending" | "mailed";
  readonly dueAt: number;
}

/** What the database knows of the pairs and keys in a body. */
export interface KnownState {
  readonly seenKeys: ReadonlySet<string>;
  readonly open: readonly OpenInvitation[];
}

/** Refers to an invitation: by its ID, or by the place of its insertion in the plan. */
export type InvitationRef = { readonly id: number } | { readonly inserted: number };

/** One step of the plan for the change at the same place. */
export type Step =
  | { readonly kind: "known" }
  | { readonly kind: "nothing" }
  /** A known invitation that is pending takes the place of one that this body inserted before. */
  | { readonly kind: "drop"; readonly superseded: readonly InvitationRef[] }
  | {
    readonly kind: "insert";
    readonly invitation: Invitation;
    readonly dueAt: number;
    readonly superseded: readonly InvitationRef[];
  }
  | { readonly kind: "merge"; readonly invitation: Invitation; readonly into: InvitationRef }
  | { readonly kind: "close"; readonly answer: Answer; readonly closed: readonly InvitationRef[] };

interface Entry {
  readonly ref: InvitationRef;
  readonly key: string;
  readonly pair: string;
  readonly dueAt: number;
  readonly pending: boolean;
  open: boolean;
}

/** The plan for a body: one step for each change, in the same order. */
export function fold(
  changes: readonly Change[],
  known: KnownState,
  dueAt: number,
): readonly Step[] {
  const seen = new Set(known.seenKeys);
  const lastPlace = new Map<string, number>();
  changes.forEach((change, place) => {
    if (change.kind === "invite") lastPlace.set(change.invitation.key, place);
  });
  const entries: Entry[] = known.open.map((open) => ({
    ref: { id: open.id },
    key: open.key,
    pair: pairOf(open),
    dueAt: open.dueAt,
    pending: open.state === "pending",
    open: true,
  }));

  // What the change at this place may touch: the pair's open invitations that do not stand later.
  function touchable(pair: string, place: number): Entry[] {
    return entries.filter((entry) =>
      entry.open && entry.pair === pair && (lastPlace.get(entry.key) ?? -1) <= place
    );
  }
  function close(closed: readonly Entry[]): InvitationRef[] {
    for (const entry of closed) entry.open = false;
    return closed.map((entry) => entry.ref);
  }

  return changes.map((change, place): Step => {
    if (change.kind === "answer") {
      const { answer } = change;
      if (seen.has(answer.key)) return { kind: "known" };
      const closed = close(touchable(pairOf(answer), place));
      if (closed.length === 0) return { kind: "nothing" };
      seen.add(answer.key);
      return { kind: "close", answer, closed };
    }
    const { invitation } = change;
    const pair = pairOf(invitation);
    const others = touchable(pair, place).filter((entry) => entry.key !== invitation.key);
    const pending = others.filter((entry) => entry.pending);
    if (seen.has(invitation.key)) {
      const alive = entries.some((entry) => entry.key === invitation.key && entry.open);
      const before = alive ? pending.filter((entry) => "inserted" in entry.ref) : [];
      return before.length > 0 ? { kind: "drop", superseded: close(before) } : { kind: "known" };
    }
    seen.add(invitation.key);
    const mailed = others.find((entry) => !entry.pending);
    if (pending.length === 0 && invitation.overInvite && mailed) {
      return { kind: "merge", invitation, into: mailed.ref };
    }
    const inherited = Math.min(dueAt, ...pending.map((entry) => entry.dueAt));
    const superseded = close(pending);
    entries.push({
      ref: { inserted: place },
      key: invitation.key,
      pair,
      dueAt: inherited,
      pending: true,
      open: true,
    });
    return { kind: "insert", invitation, dueAt: inherited, superseded };
  });
}

function pairOf(membership: { readonly roomId: string; readonly invitee: string }): string {
  return `${membership.roomId}\n${membership.invitee}`;
}
