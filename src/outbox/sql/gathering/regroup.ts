/**
 * Groups what waits as the settings say now: they may be others than when it was queued.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { systemRandom } from "../../../system/random.ts";
import { MAX_GATHERED } from "../../gather.ts";
import { parseFailover } from "../../stored_row.ts";
import { applyWrites } from "../apply.ts";
import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";
import { commit, type Transactions } from "../transactions.ts";
import { failoverJson } from "./join.ts";

const MAILS_PER_TRANSACTION = 200;
// Those that no mail server has seen.
const FREE = "state = 'queued' AND kind <> 'reminder' AND tries = 0";

/** Groups what waits, at the start of the service. */
export function* regroup(gathers: boolean): Transactions<void> {
  for (let after = 0; after >= 0;) {
    const from = after;
    after = yield* commit((database, now) =>
      gathers ? gatherSlice(database, from, now) : splitSlice(database, from)
    );
  }
}

// Each returns the last mail of the slice; -1 when there was none.
function* gatherSlice(database: Engine, after: number, now: number): Steps<number> {
  const mails = (yield* database.all(
    `SELECT id, EXISTS (SELECT 1 FROM mails AS other
       WHERE other.user_id = mails.user_id AND other.address = mails.address AND other.id < mails.id
         AND other.state IN ('queued', 'sending') AND other.state = 'queued'
         AND other.kind <> 'reminder' AND other.tries = 0) AS is_second
     FROM mails WHERE state IN ('queued', 'sending') AND ${FREE} AND id > ? ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  )).map(({ id, is_second }) => ({ id: id as number, isSecond: is_second === 1 }));
  for (const { id, isSecond } of mails) {
    // Hardly any is. The services that run wait meanwhile.
    if (!isSecond) continue;
    // The ones before that are full stay.
    const before = yield* database.get(
      `SELECT max(id) AS id FROM mails WHERE user_id = (SELECT user_id FROM mails WHERE id = ?1)
         AND address = (SELECT address FROM mails WHERE id = ?1) AND id < ?1
         AND state IN ('queued', 'sending') AND ${FREE}`,
      id,
    );
    if (typeof before?.id === "number") yield* merge(database, id, before.id, now);
  }
  return mails.at(-1)?.id ?? -1;
}

function* merge(database: Engine, mail: number, into: number, now: number): Steps<void> {
  const size = (yield* database.get(
    "SELECT count(*) AS n FROM mail_invitations WHERE mail_id IN (?, ?)",
    mail,
    into,
  ))?.n as number;
  if (size > MAX_GATHERED) return;
  const others = (yield* database.get(
    "SELECT count(*) AS n FROM mail_invitations WHERE mail_id = ?",
    into,
  ))?.n as number;
  const data = { mail: into, others };
  yield* applyWrites(database, [
    { kind: "add timeline", of: { mail }, at: now, step: "gathered", data },
  ]);
  yield* database.run(
    `UPDATE mail_invitations SET mail_id = ?1 WHERE mail_id = ?2 AND invitation_id NOT IN
       (SELECT invitation_id FROM mail_invitations WHERE mail_id = ?1)`,
    into,
    mail,
  );
  // A mail that is due at once, or of an own inviter, does not wait for one that is parked.
  yield* database.run(
    `UPDATE mails SET kind = 'digest',
       parked = CASE WHEN other.parked IS NULL OR other.own > mails.own THEN NULL ELSE mails.parked END,
       own = CASE WHEN other.own > mails.own THEN other.own ELSE mails.own END,
       due_at = CASE WHEN other.due_at < mails.due_at THEN other.due_at ELSE mails.due_at END,
       first_at = CASE WHEN other.first_at < mails.first_at THEN other.first_at ELSE mails.first_at END
     FROM mails AS other WHERE mails.id = ? AND other.id = ?`,
    into,
    mail,
  );
  yield* database.run("DELETE FROM mails WHERE id = ?", mail);
}

// What a mail server may have seen is split as well: a template that knows one invitation would not
// show the others.
function* splitSlice(database: Engine, after: number): Steps<number> {
  const mails = yield* database.all(
    `SELECT id FROM mails WHERE state = 'queued' AND id > ?
       AND (SELECT count(*) FROM mail_invitations WHERE mail_id = mails.id AND open = 1) > 1
     ORDER BY id LIMIT ?`,
    after,
    MAILS_PER_TRANSACTION,
  );
  for (const { id } of mails) yield* split(database, id as number);
  return mails.at(-1)?.id as number | undefined ?? -1;
}

// The first invitation keeps the mail.
function* split(database: Engine, mail: number): Steps<void> {
  const row = yield* database.get("SELECT message_id, failover FROM mails WHERE id = ?", mail);
  const domain = String(row?.message_id).replace(/^.*@|>$/g, "");
  const failover = parseFailover(row?.failover) ?? [];
  const [, ...others] = yield* database.all(
    "SELECT invitation_id FROM mail_invitations WHERE mail_id = ? AND open = 1 ORDER BY invitation_id",
    mail,
  );
  for (const { invitation_id } of others) {
    const next = failover.map((one) => ({ ...one, messageId: newMessageId(domain) }));
    const copy = yield* database.get(
      `INSERT INTO mails (user_id, address, address_key, address_hash, recipient, kind, message_id,
         state, own, server, turn, failover, parked, reason, queued_at, due_at, first_at)
       SELECT user_id, address, address_key, address_hash, recipient,
         CASE kind WHEN 'reminder' THEN kind ELSE 'invite' END, ?, 'queued', own, server,
         turn, ?, parked, reason, queued_at, due_at, first_at
       FROM mails WHERE id = ? RETURNING id`,
      newMessageId(domain),
      failoverJson(next),
      mail,
    );
    yield* database.run(
      "UPDATE mail_invitations SET mail_id = ? WHERE mail_id = ? AND invitation_id = ?",
      copy?.id as number,
      mail,
      invitation_id as number,
    );
  }
  yield* database.run("UPDATE mails SET kind = 'invite' WHERE id = ? AND kind = 'digest'", mail);
}

function newMessageId(domain: string): string {
  return `<${Buffer.from(systemRandom(16)).toString("hex")}@${domain}>`;
}
