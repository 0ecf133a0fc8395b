/**
 * Decides what settling an invitation changes: pure, and the same for every database.
 *
 * @module
 */

import { addressKey } from "../domain/email_address.ts";
import type { InvitationFacts } from "../domain/invitation.ts";
import type { Asking } from "./asking.ts";
import { type JoinableMail, joinMail } from "./gather.ts";
import type { InvitationOutcome, NewMail } from "./port.ts";
import type { Place } from "./rate_limit.ts";
import type { InvitationSettled } from "./settled.ts";
import { isBounced, reasonOf, SUPPRESSED } from "./suppressed.ts";
import type { SuppressionScope } from "./suppressions.ts";
import { LIMIT_REASON, type LimitName } from "./work.ts";
import type { AddTimeline, Write } from "./writes.ts";

/** An invitation whose claim holds. */
export interface HeldInvitation {
  readonly id: number;
  readonly invitee: string;
  readonly own: boolean;
  readonly attempts: number;
  readonly deferredSince?: number | undefined;
  readonly facts: InvitationFacts;
}

/** What settling depends on besides the row and the outcome. */
export interface InvitationCircumstances {
  /** In milliseconds UTC. */
  readonly now: number;
  /** The addresses of the outcome's mails, in the same order. */
  readonly addresses: readonly {
    readonly hash: Uint8Array;
    /** The scopes in which such invitations are stopped for the address. */
    readonly suppressed: readonly SuppressionScope[];
    /** Whether it takes the place of an address that bounces have ended. */
    readonly passed?: boolean | undefined;
    /** A mail to the address that the invitation can join. */
    readonly joinable?: JoinableMail | undefined;
  }[];
}

/**
 * The mail at the first of its addresses that bounces have not ended, or as it is if there is none. Asks
 * for the scopes in which it is stopped for an address, by that address's key.
 */
export function* passEnded(
  mail: NewMail,
): Asking<string, readonly SuppressionScope[], NewMail> {
  for (let left = mail;;) {
    if (!isBounced(yield left.addressKey)) return left;
    const [next, ...failover] = left.failover ?? [];
    if (next === undefined) return mail;
    left = { ...left, ...next, addressKey: addressKey(next.address), failover };
  }
}

/** The result of settling. */
export interface InvitationSettlement {
  /** Without the IDs of the queued mails, which the database assigns. */
  readonly result:
    | { readonly kind: "settled" }
    | Exclude<InvitationSettled, { readonly kind: "settled" | "lost" }>;
  readonly writes: readonly Write[];
  /** Whether there is now something to claim, at once or later. */
  readonly makesWork: boolean;
}

/** Why an invitation that is too old has no mail. */
export const TOO_OLD = "too old";

const SETTLED = { kind: "settled" } as const;

/** Settles an invitation whose claim holds. */
export function settleInvitation(
  invitation: HeldInvitation,
  outcome: InvitationOutcome,
  circumstances: InvitationCircumstances,
): InvitationSettlement {
  const { id, attempts, deferredSince } = invitation;
  const { now } = circumstances;
  switch (outcome.kind) {
    case "released":
      return {
        result: SETTLED,
        writes: [{ kind: "requeue", work: "invitations", id }],
        makesWork: true,
      };
    case "skipped":
    case "failed": {
      const { kind, reason, stores, mailedBefore } = outcome;
      return {
        result: SETTLED,
        writes: [
          { kind: "end invitation", id, state: kind, reason },
          line(id, now, kind, {
            reason,
            ...mailedBefore === undefined ? {} : { mailedBefore },
            ...said(stores),
          }),
        ],
        makesWork: false,
      };
    }
    case "deferred": {
      const { reason, until, outage } = outcome;
      return {
        result: SETTLED,
        writes: [
          {
            kind: "defer invitation",
            id,
            until,
            reason,
            attempts: attempts + 1,
            deferredSince: deferredSince ?? now,
            outageAt: outage ? now : undefined,
          },
          line(id, now, "deferred", { reason, until }),
        ],
        makesWork: true,
      };
    }
    case "resolved":
      return settleResolved(invitation, outcome, circumstances);
  }
}

function settleResolved(
  { id, invitee, own, facts }: HeldInvitation,
  outcome: InvitationOutcome & { readonly kind: "resolved" },
  { now, addresses }: InvitationCircumstances,
): InvitationSettlement {
  const found = addresses.flatMap(({ suppressed, passed }): readonly SuppressionScope[] =>
    passed ? [...suppressed, "bounce"] : suppressed
  );
  const scopes = [...new Set(found)].sort();
  const wanted = outcome.mails.flatMap((mail, index) => {
    const address = addresses[index];
    if (address === undefined) throw new TypeError("an address was not looked up");
    return address.suppressed.length === 0 ? [{ mail, ...address }] : [];
  });
  if (wanted.length === 0 && scopes.length > 0) {
    return {
      result: { kind: "suppressed", scopes },
      writes: [
        { kind: "end invitation", id, state: "skipped", reason: reasonOf(scopes) },
        line(id, now, "skipped", { reason: reasonOf(scopes), scopes }),
      ],
      makesWork: false,
    };
  }
  const queued = wanted.map(({ mail, hash, joinable }) =>
    joinable === undefined
      ? { join: queue({ id, invitee, own }, mail, hash, now) }
      : joinMail(joinable, { id, own }, mail, now)
  );
  return {
    result: SETTLED,
    writes: [
      {
        kind: "resolve invitation",
        id,
        at: now,
        inviterName: outcome.inviterName,
        facts: outcome.room && withRoom(facts, outcome.room),
      },
      ...scopes.length > 0 ? [line(id, now, SUPPRESSED, { scopes })] : [],
      ...queued.map(({ join }) => join),
      {
        ...line(id, now, "resolved", { ...said(outcome.stores), ...furtherAddresses(wanted) }),
        listsQueued: true,
      },
      ...queued.flatMap((write) => "line" in write ? [write.line] : []),
    ],
    makesWork: true,
  };
}

function furtherAddresses(
  wanted: readonly { readonly mail: NewMail }[],
): { readonly furtherAddresses?: number } {
  const count = wanted.reduce((sum, { mail }) => sum + (mail.failover?.length ?? 0), 0);
  return count === 0 ? {} : { furtherAddresses: count };
}

function said(stores: readonly string[] | undefined): { readonly stores?: readonly string[] } {
  return stores === undefined ? {} : { stores };
}

/** Parks an invitation until a limit admits it. */
export function parkInvitation(
  { id, reason }: { readonly id: number; readonly reason?: string | undefined },
  limit: LimitName,
  place: Place,
  now: number,
): readonly Write[] {
  const limited = LIMIT_REASON[limit];
  return [
    { kind: "park", work: "invitations", id, limit, ...place, reason: limited },
    // Only once, as it may have to wait repeatedly.
    ...reason === limited ? [] : [line(id, now, "limited", { reason: limited })],
  ];
}

function queue(
  { id, invitee, own }: Pick<HeldInvitation, "id" | "invitee" | "own">,
  mail: NewMail,
  addressHash: Uint8Array,
  at: number,
): Write {
  return { kind: "queue mail", invitations: [id], userId: invitee, mail, addressHash, own, at };
}

function withRoom(
  facts: InvitationFacts,
  { name = facts.room.name, alias = facts.room.alias }: Pick<
    InvitationFacts["room"],
    "name" | "alias"
  >,
): InvitationFacts {
  return { ...facts, room: { ...facts.room, name, alias } };
}

function line(
  invitation: number,
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>>,
): AddTimeline {
  return { kind: "add timeline", of: { invitation }, at, step, data };
}
