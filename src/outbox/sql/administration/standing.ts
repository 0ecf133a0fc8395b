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
import type { Row, Steps } from "../steps.ts";

// They are counted in some milliseconds: no index has all states.
const ROWS_PER_READ = 500;

const WAITING = { invitations: ["pending"], mails: ["queued", "sending"] } as const;
const RECEIVED = { invitations: "received_at", mails: "queued_at" } as const;

/** Counts all rows, in slices. Those that change meanwhile may be missed or counted twice. */
export async function readStanding(read: Access["read"]): Promise<Standing> {
  const limited: Partial<Record<LimitName, number>> = {};
  const invitations = await readTable<InvitationState>(read, "invitations", limited);
  const mails = await readTable<MailState>(read, "mails", limited);
  return {
    invitations: invitations.counts,
    mails: mails.counts,
    oldest: { invitations: invitations.oldest, mails: mails.oldest },
    limited,
  };
}

async function readTable<State extends string>(
  read: Access["read"],
  work: Work,
  limited: Partial<Record<LimitName, number>>,
): Promise<{ readonly counts: Partial<Record<State, number>>; readonly oldest?: number }> {
  const counts: Partial<Record<string, number>> = {};
  const waiting: readonly unknown[] = WAITING[work];
  let oldest = Infinity;
  for (let after = 0, rows = ROWS_PER_READ; rows === ROWS_PER_READ;) {
    if (after > 0) await letOthersIn();
    const from = after;
    rows = 0;
    for (const row of await read((database) => readSlice(database, work, from))) {
      const { state, parked, n, received, last } = row as unknown as Group;
      counts[state] = (counts[state] ?? 0) + n;
      rows += n;
      after = Math.max(after, last);
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

interface Group {
  readonly state: string;
  readonly parked: LimitName | null;
  readonly n: number;
  readonly received: number;
  readonly last: number;
}

function* readSlice(database: Engine, work: Work, after: number): Steps<readonly Row[]> {
  return yield* database.all(
    `SELECT state, parked, count(*) AS n, min(received) AS received, max(id) AS last FROM (
       SELECT id, state, parked, ${RECEIVED[work]} AS received FROM ${work}
       WHERE id > ? ORDER BY id LIMIT ?) AS slice GROUP BY state, parked`,
    after,
    ROWS_PER_READ,
  );
}
