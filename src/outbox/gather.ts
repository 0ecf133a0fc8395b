/**
 * Decides which invitations share a mail, and when it leaves: pure, and the same for every database.
 *
 * A mail gathers: what else is resolved for the same person at the same address joins it, until it is
 * first tried. It leaves when nothing new has come for the delay, and not within the window after the
 * mail before it. Strangers delay an own inviter's invitation by one delay at most, and their mails
 * have no window for it.
 *
 * @module
 */

import { DAY, SECOND } from "../settings/duration.ts";
import type { Asking } from "./asking.ts";
import type { NewMail } from "./outcomes.ts";
import { limitOf } from "./work.ts";
import type { AddTimeline, JoinMail, Write } from "./writes.ts";

/** How mails gather. In milliseconds. */
export interface Gathering {
  /** How long an invitation waits for its answer before it is resolved. */
  readonly delay: number;
  /** How long after a mail the next one may leave. */
  readonly window: number;
  /** What the window grows to while invitations keep coming. */
  readonly longest: number;
}

/** A mail that is due, and may have to wait. Times are in milliseconds UTC. */
export interface GatheringMail {
  readonly id: number;
  /** Whether one of its inviters is a user of the homeserver. */
  readonly own: boolean;
  /** When it was queued. */
  readonly queuedAt: number;
  /** When the first of its invitations was received. */
  readonly firstAt: number;
  /** Why it waited, if it did. */
  readonly reason?: string | undefined;
}

/** The mail before. Times are in milliseconds UTC. */
export interface LastMail {
  /** When it was sent, or first tried. */
  readonly at: number;
  /** How long the next mail waits since then; `undefined` when it was not sent yet. */
  readonly window?: number | undefined;
}

/**
 * When is the last invitation due that can still join, up to a time: by own inviters, or by others?
 * Those that wait for a limit, or after a failure, do not count; those being worked on do.
 */
export interface LatestDue {
  readonly own: boolean;
  readonly upTo: number;
}

/** The reasons of mails that wait for others. */
export const GATHER_REASON = {
  invitations: "more invitations",
  window: "digest window",
} as const;

/** How many delays after its first invitation a mail leaves, whatever else comes. */
export const MAX_DELAYS = 6;
/** The same where only strangers' invitations come, and it has one of an own inviter. */
export const MAX_DELAYS_BY_STRANGERS = 2;
/** How many invitations one mail can have: what is written for each of them is one transaction. */
export const MAX_GATHERED = 500;
/** How long a mail waits beyond that for invitations that are being looked up at the moment. */
export const MAX_LOOKUP_WAIT_MS: number = 5 * SECOND;

/** Why a mail waits, and until when, in milliseconds UTC. */
export interface GatherWait {
  readonly reason: (typeof GATHER_REASON)[keyof typeof GATHER_REASON];
  readonly until: number;
}

/**
 * Whether and until when a mail that is due waits; `undefined` when it leaves now.
 *
 * @param last The mail before it; if this one is of an own inviter, the last one that was as well.
 */
export function* waitFor(
  mail: Pick<GatheringMail, "own" | "queuedAt" | "firstAt">,
  last: LastMail | undefined,
  { delay, window }: Gathering,
  now: number,
): Asking<LatestDue, number | undefined, GatherWait | undefined> {
  const windowEnd = last && last.at + (last.window ?? window);
  if (windowEnd !== undefined && now < windowEnd) {
    return { reason: GATHER_REASON.window, until: windowEnd };
  }
  // It may have been received while the clock was ahead.
  const firstAt = Math.min(mail.firstAt, now);
  // What came within the window leaves together.
  const wasHeld = windowEnd !== undefined && mail.firstAt < windowEnd;
  // What was due before it was queued waited for the same thing, such as the end of a downtime.
  const queuedAt = Math.min(mail.queuedAt, now);
  const lastDue = (delays: number) =>
    Math.max(firstAt + delays * delay, wasHeld ? windowEnd + delay : 0, queuedAt);
  const until = Math.max(
    yield* waitForDue(true, lastDue(MAX_DELAYS), now),
    yield* waitForDue(false, lastDue(mail.own ? MAX_DELAYS_BY_STRANGERS : MAX_DELAYS), now),
  );
  return until > now ? { reason: GATHER_REASON.invitations, until } : undefined;
}

function* waitForDue(
  own: boolean,
  lastDue: number,
  now: number,
): Asking<LatestDue, number | undefined, number> {
  const due = yield { own, upTo: lastDue };
  if (due === undefined) return now;
  // One that is being looked up makes the mail due when it settles.
  return due > now ? due : lastDue + MAX_LOOKUP_WAIT_MS;
}

/** Postpones a mail that is due, and says so the first time. */
export function postponeGathering(
  { id, reason }: Pick<GatheringMail, "id" | "reason">,
  wait: GatherWait,
  now: number,
): readonly Write[] {
  const postpone: Write = { kind: "postpone", work: "mails", id, ...wait };
  if (reason === wait.reason) return [postpone];
  const data = { mail: id, ...wait };
  return [postpone, { kind: "add timeline", of: { mail: id }, at: now, step: "gathering", data }];
}

/** The window after a mail that was sent, in milliseconds. */
export function windowAfter(
  { queuedAt }: Pick<GatheringMail, "queuedAt">,
  last: LastMail | undefined,
  { window, longest }: Gathering,
  now: number,
): number {
  if (last === undefined || now - last.at >= DAY) return window;
  const before = last.window ?? window;
  const wasHeld = queuedAt < last.at + before;
  return Math.min(wasHeld ? 2 * before : Math.max(before, window), longest);
}

/** A mail that one more invitation can join: it waits, and no mail server can have seen it. */
export interface JoinableMail {
  readonly id: number;
  readonly own: boolean;
  /** Why it waits, and until when, in milliseconds UTC. */
  readonly reason?: string | undefined;
  readonly dueAt: number;
  /** How many invitations it is about. */
  readonly size: number;
}

/**
 * Whether a mail that waits is due at once when something joins it: the window and the limit may be
 * those of strangers, and what an own inviter sent does not wait for these.
 */
export function isFreed(
  { own: wasOwn, reason }: Pick<JoinableMail, "own" | "reason">,
  own: boolean,
): boolean {
  const waitsForStrangers = limitOf(reason) !== undefined || reason === GATHER_REASON.window;
  return own && !wasOwn && waitsForStrangers;
}

/** Puts an invitation that is resolved into a mail that waits; with the line of its history. */
export function joinMail(
  { id: mail, own: wasOwn, reason, dueAt, size }: JoinableMail,
  { id: invitation, own }: { readonly id: number; readonly own: boolean },
  newMail: NewMail,
  now: number,
): { readonly join: JoinMail; readonly line: AddTimeline } {
  const isLimited = limitOf(reason) !== undefined;
  const freed = isFreed({ own: wasOwn, reason }, own);
  const waits = reason !== undefined && reason !== GATHER_REASON.invitations && !freed;
  const until = waits && !isLimited ? { until: dueAt } : {};
  return {
    join: {
      kind: "join mail",
      mail,
      invitation,
      own,
      newMail,
      dueAt: freed ? now : undefined,
    },
    line: {
      kind: "add timeline",
      of: { invitation },
      at: now,
      step: "gathered",
      data: { mail, others: size, ...waits ? { reason, ...until } : {} },
    },
  };
}
