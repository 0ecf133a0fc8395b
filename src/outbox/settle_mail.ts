/**
 * Decides what settling or postponing a mail changes: pure, and the same for every database.
 *
 * @module
 */

import { addressKey } from "../domain/email_address.ts";
import type { Asking } from "./asking.ts";
import { cancelIfClosed, type MailLink, type OpenMail } from "./cancel.ts";
import { type Doubt, doubtAfter, MAX_DOUBTS } from "./doubt.ts";
import type { MailOutcome, NextAddress } from "./port.ts";
import type { Place } from "./rate_limit.ts";
import type { MailSettled } from "./settled.ts";
import { isBounced } from "./suppressed.ts";
import type { StopHash, SuppressionScope } from "./suppressions.ts";
import { LIMIT_REASON, type LimitName } from "./work.ts";
import type { AddTimeline, Write } from "./writes.ts";

/** A mail whose claim holds. */
export interface HeldMail extends OpenMail {
  readonly attempts: number;
  readonly deferredSince?: number | undefined;
  /** The doubtful refusals so far. */
  readonly doubt?: Doubt | undefined;
  /** Whether a mail to another address was sent since the last doubtful refusal that counted. */
  readonly othersAccepted: boolean;
  /** Where it goes if this address refuses it for good, in order. */
  readonly failover: readonly NextAddress[];
  /** The mail that waits for the person at the next address, and takes in what is open of this one. */
  readonly joins?: number | undefined;
  /** How long the next mail waits after it, in milliseconds; `undefined` if mails do not gather. */
  readonly window?: number | undefined;
}

/** The result of settling. */
export interface MailSettlement {
  /** Without the ID of the mail to the next address, which the database assigns. */
  readonly result: Exclude<MailSettled, { readonly kind: "lost" }>;
  readonly writes: readonly Write[];
  /** Whether the mail waits again. */
  readonly makesWork: boolean;
}

const ANSWERED = "answered";
const SETTLED = { kind: "settled" } as const;

/** Settles a mail whose claim holds. */
export function settleMail(
  mail: HeldMail,
  outcome: MailOutcome,
  now: number,
  hash: StopHash,
): MailSettlement {
  const { id } = mail;
  switch (outcome.kind) {
    case "sent":
      return settleSent(mail, outcome, now);
    case "rejected":
      return settleRejected(mail, outcome, now, hash);
    case "expired":
      return ended(endWrites(id, outcome.kind, outcome, now));
    case "deferred":
      return settleDeferred(mail, outcome, now, hash);
    case "postponed": {
      const { until, reason, decided } = outcome;
      const writes: Write[] = [
        { kind: "postpone", work: "mails", id, until, reason, untried: true },
      ];
      if (decided) writes.push(line(id, now, "postponed", { reason, until }));
      return waiting(mail, writes, now);
    }
    case "spared":
      return settleSpared(mail, outcome.invitations, now);
    case "released":
      return requeueMail(mail, now);
  }
}

// An invitation that was this mail's alone ends with it.
function settleSpared(
  mail: HeldMail,
  spared: (MailOutcome & { readonly kind: "spared" })["invitations"],
  now: number,
): MailSettlement {
  const { id } = mail;
  const reasons = new Map(spared.map((invitation) => [invitation.id, invitation.reason]));
  const writes: Write[] = [{ kind: "requeue", work: "mails", id }];
  const links = mail.links.map((link): MailLink => {
    const { invitation, state, hasOtherMails } = link;
    const reason = reasons.get(invitation);
    if (reason === undefined || !link.open) return link;
    writes.push({ kind: "close link", mail: id, invitation });
    const data = { mail: id, reason };
    writes.push({ kind: "add timeline", of: { invitation }, at: now, step: "spared", data });
    if (state !== "resolved" || hasOtherMails) return { ...link, open: false };
    writes.push({ kind: "end invitation", id: invitation, state: "skipped", reason });
    return { ...link, open: false, state: "skipped" };
  });
  const [first = ANSWERED] = reasons.values();
  const reason = links.some(({ answered }) => answered) ? ANSWERED : first;
  const cancelled = cancelIfClosed({ ...mail, state: "queued", links }, reason, now);
  return {
    result: SETTLED,
    writes: [...writes, ...cancelled],
    makesWork: cancelled.length === 0,
  };
}

function settleSent(
  { id, links, window }: HeldMail,
  { response, reminder }: MailOutcome & { readonly kind: "sent" },
  now: number,
): MailSettlement {
  const sent: Write = { kind: "end mail", id, state: "sent", sentAt: now, window };
  // Who was added has nothing to answer.
  if (reminder === undefined || !links.some(({ open, added }) => open && !added)) {
    return ended([sent, line(id, now, "sent", { response })]);
  }
  const { messageId, dueAt } = reminder;
  const writes: Write[] = [
    sent,
    line(id, now, "sent", { response, reminderAt: dueAt }),
    { kind: "queue reminder", mail: id, messageId, dueAt, at: now },
  ];
  return { ...ended(writes), makesWork: true };
}

interface Refusal {
  readonly reason: string;
  readonly replyCode?: number | undefined;
}

function settleRejected(
  mail: HeldMail,
  refusal: Refusal,
  now: number,
  hash: StopHash,
): MailSettlement {
  const next = failOver(mail, now, hash);
  const writes = [...endWrites(mail.id, "rejected", refusal, now), ...next];
  return { ...ended(writes), makesWork: next.length > 0 };
}

/**
 * The next addresses from the first one on that bounces have not ended. If they have ended all of them,
 * these stay, so that the history says why nothing is sent. Asks for the scopes in which an address is
 * stopped, by its key.
 */
export function* dropEnded(
  failover: readonly NextAddress[],
): Asking<string, readonly SuppressionScope[], readonly NextAddress[]> {
  for (const [index, { address }] of failover.entries()) {
    if (!isBounced(yield addressKey(address))) return failover.slice(index);
  }
  return failover;
}

/** Queues the mail to the next address, if there is one and something is still to be answered. */
export function failOver(
  { id, links, failover: [next, ...failover], joins }: Pick<
    HeldMail,
    "id" | "links" | "failover" | "joins"
  >,
  now: number,
  hash: StopHash,
): readonly Write[] {
  const open = links.filter((link) => link.open);
  if (next === undefined || open.length === 0) return [];
  const { address, messageId } = next;
  const key = addressKey(address);
  return [
    {
      kind: "queue next",
      mail: id,
      address,
      addressKey: key,
      // A choice to stop mails to it is found when the mail is claimed.
      addressHash: hash("address", key),
      messageId,
      failover,
      joins,
      at: now,
    },
    ...open.map(({ invitation }): AddTimeline => ({
      kind: "add timeline",
      of: { invitation },
      at: now,
      step: "next address",
      data: { mail: id, ...joins === undefined ? {} : { joins } },
      listsQueued: true,
    })),
  ];
}

function settleDeferred(
  mail: HeldMail,
  outcome: MailOutcome & { readonly kind: "deferred" },
  now: number,
  hash: StopHash,
): MailSettlement {
  const { id } = mail;
  const { reason, until, replyCode } = outcome;
  const doubt = outcome.doubtful ? doubtAfter(mail.doubt, now, mail.othersAccepted) : mail.doubt;
  if (outcome.doubtful && doubt !== undefined && doubt.count >= MAX_DOUBTS) {
    const lasting = `${reason} (refused on ${doubt.count} days, while others were accepted)`;
    const rejected = settleRejected(mail, { reason: lasting, replyCode }, now, hash);
    return { ...rejected, result: { kind: "rejected", reason: lasting } };
  }
  const deferred: Write[] = [
    {
      kind: "defer mail",
      id,
      until,
      reason,
      replyCode,
      attempts: mail.attempts + 1,
      deferredSince: mail.deferredSince ?? now,
      doubt,
      hung: outcome.hung === true,
      outageAt: outcome.outage ? now : undefined,
    },
    line(id, now, "deferred", { reason, until, replyCode }),
  ];
  return waiting(mail, deferred, now);
}

function endWrites(
  id: number,
  state: "rejected" | "expired",
  { reason, replyCode }: Refusal,
  now: number,
): readonly Write[] {
  return [
    { kind: "end mail", id, state, reason, replyCode },
    line(id, now, state, { reason, replyCode }),
  ];
}

/** Ends the claim of a mail that was not tried. */
export function requeueMail(mail: OpenMail, now: number): MailSettlement {
  return waiting(mail, [{ kind: "requeue", work: "mails", id: mail.id }], now);
}

/** Parks a queued mail until a limit admits it. */
export function parkMail(
  { id, reason }: { readonly id: number; readonly reason?: string | undefined },
  limit: LimitName,
  place: Place,
  now: number,
): readonly Write[] {
  const limited = LIMIT_REASON[limit];
  return [
    { kind: "park", work: "mails", id, limit, ...place, reason: limited },
    // Only once, as it may have to wait repeatedly.
    ...reason === limited ? [] : [line(id, now, "limited", { reason: limited })],
  ];
}

// Its invitations may have been answered or stopped while it was being sent.
function waiting(mail: OpenMail, writes: readonly Write[], now: number): MailSettlement {
  const cancelled = cancelIfClosed({ ...mail, state: "queued" }, ANSWERED, now);
  return { result: SETTLED, writes: [...writes, ...cancelled], makesWork: cancelled.length === 0 };
}

function ended(writes: readonly Write[]): MailSettlement {
  return { result: SETTLED, writes, makesWork: false };
}

function line(
  mail: number,
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>>,
): AddTimeline {
  return { kind: "add timeline", of: { mail }, at, step, data: { mail, ...data } };
}
