/**
 * Counts the rows by what they wait for.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../../domain/invitation.ts";
import { letOthersIn } from "../../../system/let_others_in.ts";
import type { Standing } from "../../records.ts";
import type { LimitName, Work } from "../../work.ts";
import type { Access } from "../access.ts";
import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";

const WAITING = { invitations: ["pending"], mails: ["queued", "sending"] } as const;
const RECEIVED = { invitations: "received_at", mails: "queued_at" } as const;

/**
 * Counts all rows, so many at a time, as no index has all states. Those that change meanwhile may be missed
 * or counted twice.
 */
export async function readStanding(
  read: Access["read"],
  rowsPerRead: number,
): Promise<Standing> {
  const limited: Partial<Record<LimitName, number>> = {};
  const slices = (work: Work) => readSlices(read, work, rowsPerRead);
  const invitations = await tally<InvitationState>("invitations", slices("invitations"), limited);
  const mails = await tally<MailState>("mails", slices("mails"), limited);
  return {
    invitations: invitations.counts,
    mails: mails.counts,
    oldest: { invitations: invitations.oldest, mails: mails.oldest },
    limited,
  };
}

async function tally<State extends string>(
  work: Work,
  slices: AsyncIterable<readonly Group[]>,
  limited: Partial<Record<LimitName, number>>,
): Promise<{ readonly counts: Partial<Record<State, number>>; readonly oldest?: number }> {
  const counts: Partial<Record<string, number>> = {};
  const waiting: readonly string[] = WAITING[work];
  let oldest = Infinity;
  for await (const groups of slices) {
    for (const { state, parked, n, received } of groups) {
      counts[state] = (counts[state] ?? 0) + n;
      if (!waiting.includes(state)) continue;
      oldest = Math.min(oldest, received);
      if (parked !== null) limited[parked] = (limited[parked] ?? 0) + n;
    }
  }
  return {
    counts: counts as Partial<Record<State, number>>,
    ...oldest < Infinity ? { oldest } : {},
  };
}

async function* readSlices(
  read: Access["read"],
  work: Work,
  count: number,
): AsyncGenerator<readonly Group[]> {
  for (let after = 0, rows = count; rows === count;) {
    if (after > 0) await letOthersIn();
    const from = after;
    const groups = await read((database) => readSlice(database, work, from, count));
    yield groups;
    rows = groups.reduce((sum, { n }) => sum + n, 0);
    after = Math.max(...groups.map(({ last }) => last));
  }
}

interface Group {
  readonly state: string;
  readonly parked: LimitName | null;
  readonly n: number;
  readonly received: number;
  readonly last: number;
}

function* readSlice(
  database: Engine,
  work: Work,
  after: number,
  count: number,
): Steps<readonly Group[]> {
  const rows: unknown = yield* database.all(
    `SELECT state, parked, count(*) AS n, min(received) AS received, max(id) AS last FROM (
       SELECT id, state, parked, ${RECEIVED[work]} AS received FROM ${work}
       WHERE id > ? ORDER BY id LIMIT ?) AS slice GROUP BY state, parked`,
    after,
    count,
  );
  return rows as readonly Group[];
}
