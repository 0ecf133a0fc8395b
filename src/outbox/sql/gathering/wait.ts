/**
 * Reads what decides when a mail leaves.
 *
 * @module
 */

import {
  type Gathering,
  type GatheringMail,
  type LastMail,
  type LatestDue,
  postponeGathering,
  waitFor,
  windowAfter,
} from "../../gather.ts";
import { StoredRow } from "../../stored_row.ts";
import type { Write } from "../../writes.ts";
import type { Engine } from "../engine.ts";
import { waitingRow } from "../leases.ts";
import { answer, type Steps } from "../steps.ts";

/** What postpones a mail that is due, and still waits for others; nothing if it leaves. */
export function* gatheringWrites(
  database: Engine,
  id: number,
  gathering: Gathering,
  now: number,
): Steps<readonly Write[]> {
  const mail = yield* gatheringMail(database, id);
  if (mail === undefined) return [];
  const last = yield* lastMail(database, mail, gathering, now);
  const rule = waitFor(mail, last, gathering, now);
  const wait = yield* answer(rule, (question) => latestDue(database, id, question));
  return wait === undefined ? [] : postponeGathering(mail, wait, now);
}

/** The window after a mail that is sent now; `undefined` after a reminder. */
export function* windowOf(
  database: Engine,
  id: number,
  gathering: Gathering,
  now: number,
): Steps<number | undefined> {
  const { kind, own, queued_at } = yield* waitingRow(database, "mails", id, "kind, own, queued_at");
  if (kind === "reminder") return undefined;
  const mail = { id, own: own === 1, queuedAt: queued_at as number };
  return windowAfter(mail, yield* lastMail(database, mail, gathering, now), gathering, now);
}

// `undefined` for one that leaves as it is: a reminder, and what may have reached a mail server.
function* gatheringMail(database: Engine, id: number): Steps<GatheringMail | undefined> {
  const columns = "kind, own, tries, queued_at, first_at, reason";
  const row = yield* waitingRow(database, "mails", id, columns);
  const stored = new StoredRow("mails", id, row);
  if (row.kind === "reminder" || stored.count("tries") > 0) return undefined;
  return {
    id,
    own: row.own === 1,
    queuedAt: stored.time("queued_at"),
    firstAt: stored.time("first_at"),
    reason: stored.textOrNull("reason"),
  };
}

// Texts are compared in the database: node:sqlite ends one at a NUL character.
const SAME_PERSON = `user_id = (SELECT user_id FROM mails WHERE id = ?1)
  AND address = (SELECT address FROM mails WHERE id = ?1) AND id <> ?1 AND own >= ?2
  AND kind <> 'reminder'`;

function* lastMail(
  database: Engine,
  { id, own }: Pick<GatheringMail, "id" | "own">,
  { longest, window: base }: Gathering,
  now: number,
): Steps<LastMail | undefined> {
  const least = own ? 1 : 0;
  // A later time was stored while the clock was ahead.
  const latest = now + longest;
  const sent = yield* database.get(
    `SELECT sent_at AS at, digest_window FROM mails
     WHERE ${SAME_PERSON} AND sent_at IS NOT NULL AND sent_at <= ?3 ORDER BY sent_at DESC LIMIT 1`,
    id,
    least,
    latest,
  );
  const tried = yield* database.get(
    `SELECT max(COALESCE(slot_at, deferred_since, queued_at)) AS at FROM mails
     WHERE ${SAME_PERSON} AND state IN ('queued', 'sending') AND tries > 0`,
    id,
    least,
  );
  const mails: LastMail[] = [
    ...sent === undefined ? [] : [{
      at: sent.at as number,
      window: sent.digest_window as number | null ?? undefined,
    }],
    ...typeof tried?.at !== "number" || tried.at > latest ? [] : [{ at: tried.at }],
  ];
  const endOf = ({ at, window = base }: LastMail) => at + window;
  return mails.sort((a, b) => endOf(b) - endOf(a))[0];
}

function* latestDue(
  database: Engine,
  mail: number,
  { own, upTo }: LatestDue,
): Steps<number | undefined> {
  const row = yield* database.get(
    `SELECT max(due_at) AS at FROM invitations
     WHERE invitee = (SELECT user_id FROM mails WHERE id = ?) AND own = ? AND due_at <= ?
       AND state = 'pending' AND parked IS NULL AND deferred_since IS NULL`,
    mail,
    own ? 1 : 0,
    upTo,
  );
  return typeof row?.at === "number" ? row.at : undefined;
}
