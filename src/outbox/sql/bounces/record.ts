/**
 * Records bounces.
 *
 * @module
 */

import { BOUNCE_COUNTS_MS, type CountedBounce, settleBounce } from "../../bounce_score.ts";
import type { Bounce, BounceRecorded } from "../../bounces.ts";
import { failOver } from "../../settle_mail.ts";
import type { StopHash } from "../../suppressions.ts";
import { applyWrites } from "../apply.ts";
import type { Engine } from "../engine.ts";
import { withNext } from "../gathering/next.ts";
import { readMail } from "../read_mail.ts";
import type { Steps } from "../steps.ts";
import { readBounce } from "./note.ts";

/** Records a bounce; the caller opens the transaction. */
export function* recordBounce(
  database: Engine,
  mail: number,
  bounce: Bounce,
  hash: StopHash,
  now: number,
): Steps<BounceRecorded> {
  const row = yield* database.get(
    "SELECT address_key, bounced_at, bounce FROM mails WHERE id = ?",
    mail,
  );
  if (row === undefined) return { kind: "unknown" };
  const addressHash = hash("address", String(row.address_key));
  const known = {
    id: mail,
    addressHash,
    severity: readBounce(row)?.severity,
    failOver: failOver(
      yield* withNext(database, yield* readMail(database, mail), false, hash, now),
      now,
      hash,
    ),
  };
  const { result, writes } = settleBounce(
    known,
    bounce,
    yield* bouncesOf(database, addressHash),
    now,
  );
  const next = yield* applyWrites(database, writes);
  return result.kind === "recorded" ? { ...result, next: next[0] } : result;
}

/**
 * Deletes some bounces that no longer count, and choices that they caused and that have ended; returns how
 * many bounces. The caller opens the transaction.
 */
export function* pruneBounces(database: Engine, now: number, most: number): Steps<number> {
  yield* database.run("DELETE FROM suppressions WHERE until <= ?", now);
  return yield* database.run(
    "DELETE FROM bounces WHERE mail IN (SELECT mail FROM bounces WHERE at <= ? ORDER BY at LIMIT ?)",
    now - BOUNCE_COUNTS_MS,
    most,
  );
}

function* bouncesOf(database: Engine, addressHash: Uint8Array): Steps<readonly CountedBounce[]> {
  return (yield* database.all(
    "SELECT mail, at, weight FROM bounces WHERE address_hash = ?",
    addressHash,
  ))
    .map((row) => ({
      mail: Number(row.mail),
      at: Number(row.at),
      weight: Number(row.weight),
    }));
}
