/**
 * What is expected of the invites of a campaign: how late a mail may be, and what the faults allow.
 *
 * @module
 */

import type { AcceptedInvite, ArrivedMail } from "./traffic.ts";

/** A span of time, in milliseconds. */
export interface Span {
  /** Its begin. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
}

/** What the faults of a campaign allow. */
export interface Expectations {
  /** How long an invite waits at most, in milliseconds, while nothing else waits. */
  readonly lateAfter: number;
  /** How much longer for each invite that waits before it, in milliseconds. */
  readonly perWaiting: number;
  /** How long others wait for what a process that was killed had claimed, in milliseconds. */
  readonly lease: number;
  /** When a process was killed or suspended, in milliseconds. */
  readonly deaths: readonly number[];
  /** While the mails cannot leave: this does not count as waiting. */
  readonly excused: readonly Span[];
  /** An invite that was acknowledged in one of these may be lost. */
  readonly mayBeLost: readonly Span[];
  /** An invite that was acknowledged in one of these may be announced by two mails. */
  readonly mayBeDoubled: readonly Span[];
  /** The rooms whose rows were damaged. */
  readonly setAside: ReadonlySet<string>;
}

/** Whether an invite may have been stored in one of the spans. */
export function touches(spans: readonly Span[], { askedAt, acceptedAt }: AcceptedInvite): boolean {
  return spans.some(({ from, to }) => askedAt <= to && acceptedAt >= from);
}

/** How much of the time from one moment to another lies in the spans, which may overlap. */
export function overlap(spans: readonly Span[], from: number, to: number): number {
  let covered = 0;
  let end = from;
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const begin = Math.max(span.from, end);
    end = Math.max(end, Math.min(span.to, to));
    covered += Math.max(0, end - begin);
  }
  return covered;
}

/**
 * How many leases explain that a mail was so much too late: each one needs a process that was killed
 * meanwhile. `undefined` if they do not.
 */
export function leasesIn(
  { lease, deaths }: Pick<Expectations, "lease" | "deaths">,
  { acceptedAt }: AcceptedInvite,
  { arrivedAt }: ArrivedMail,
  tooLate: number,
): number | undefined {
  if (tooLate <= 0) return 0;
  const leases = Math.ceil(tooLate / lease);
  const killed = deaths.filter((at) => at >= acceptedAt && at <= arrivedAt).length;
  return leases <= killed ? leases : undefined;
}

/** How long each room's invite may wait: longer behind others. */
export function waitsAtMost(
  invites: readonly AcceptedInvite[],
  mails: readonly ArrivedMail[],
  { lateAfter, perWaiting }: Expectations,
): ReadonlyMap<string, number> {
  const announced = new Map<string, number>();
  for (const { rooms, arrivedAt } of mails) {
    for (const room of rooms) if (!announced.has(room)) announced.set(room, arrivedAt);
  }
  const arrivals = [...announced.values()].sort((one, other) => one - other);
  const inOrder = invites.toSorted((one, other) => one.acceptedAt - other.acceptedAt);
  const limits = new Map<string, number>();
  let arrived = 0;
  for (let index = 0; index < inOrder.length;) {
    const now = inOrder[index]?.acceptedAt ?? 0;
    let next = index;
    while (inOrder[next]?.acceptedAt === now) next++;
    while ((arrivals[arrived] ?? Infinity) <= now) arrived++;
    const waiting = Math.max(0, next - arrived);
    for (const { room } of inOrder.slice(index, next)) {
      limits.set(room, lateAfter + perWaiting * waiting);
    }
    index = next;
  }
  return limits;
}
