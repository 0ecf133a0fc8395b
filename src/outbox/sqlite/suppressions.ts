/**
 * Recipients' choices in SQLite: how things stand, stopping, and taking it back.
 *
 * @module
 */

import {
  type MailReference,
  STOP_SCOPES,
  type StopHash,
  type StopScope,
  type StopState,
  type Suppression,
  type SuppressionSelector,
} from "../suppressions.ts";
import type { Database } from "./database.ts";
import { cancelSuppressed } from "./suppress_cancel.ts";
import { type KnownMail, knownMail } from "./suppress_known.ts";
import { type Waiting, waitingKey } from "./suppress_waiting.ts";

const NO_TARGET = new Uint8Array();

/** How things stand for a mail's recipient. */
export function stateOf(database: Database, mail: MailReference, hash: StopHash): StopState {
  const known = knownMail(database, mail, hash);
  const stopped = STOP_SCOPES.flatMap((scope) => {
    const target = targetHash(mail, scope);
    const row = target && database.get(
      `SELECT min(at) AS at FROM suppressions WHERE ${OF_ADDRESS} AND scope = ?3 AND ${OF_TARGET}`,
      ...selection(mail, scope, target, known),
    );
    return typeof row?.at === "number" ? [[scope, row.at] as const] : [];
  });
  const { room, inviter } = known ?? {};
  return {
    about: {
      ...(room === undefined ? {} : { room: room.facts }),
      ...(inviter === undefined ? {} : { inviter }),
    },
    stopped: Object.fromEntries(stopped),
  };
}

/** Whether there is nothing to stop, or it has been stopped by such a link. */
export function isAlreadySuppressed(
  database: Database,
  mail: MailReference,
  scope: StopScope,
): boolean {
  const target = targetHash(mail, scope);
  return target === undefined || database.get(
        "SELECT 1 FROM suppressions WHERE address_hash = ? AND scope = ? AND target_hash = ?",
        mail.address,
        scope,
        target,
      ) !== undefined;
}

/**
 * Stops mails, inside a transaction of the caller's; returns whether that is new.
 *
 * @param waiting What was found just before of an address whose mail is not known any more.
 */
export function suppress(
  database: Database,
  mail: MailReference,
  choice: { readonly scope: StopScope; readonly reason: string },
  now: number,
  hash: StopHash,
  waiting: Waiting | undefined,
): boolean {
  const { scope, reason } = choice;
  const target = targetHash(mail, scope);
  if (target === undefined) return false;
  const known = knownMail(database, mail, hash);
  const addressKey = known?.addressKey ?? waitingKey(database, mail.address, hash, waiting);
  const added = database.run(
    `INSERT INTO suppressions
       (address_hash, address_key, user_id, scope, target_hash, target, reason, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    mail.address,
    addressKey ?? null,
    known?.userId ?? null,
    scope,
    target,
    plainTarget(known, scope) ?? null,
    reason,
    now,
  );
  if (added === 0) return false;
  if (addressKey !== undefined) {
    cancelSuppressed(database, { scope, target }, now, hash, addressKey);
  }
  return true;
}

/** Takes it back if it is not too old, inside a transaction of the caller's. */
export function undo(
  database: Database,
  mail: MailReference,
  scope: StopScope,
  since: number,
  hash: StopHash,
): boolean {
  const target = targetHash(mail, scope);
  if (target === undefined) return false;
  const known = knownMail(database, mail, hash);
  return database.run(
    `DELETE FROM suppressions WHERE ${OF_ADDRESS} AND scope = ?3 AND ${OF_TARGET} AND at >= ?6`,
    ...selection(mail, scope, target, known),
    since,
  ) > 0;
}

/** All suppressions, the oldest first. */
export function listSuppressions(database: Database): Suppression[] {
  return database.all(
    `SELECT id, address_hash, address_key, user_id, scope, target, reason, at FROM suppressions
     ORDER BY id`,
  ).map((row): Suppression => ({
    id: row.id as number,
    addressHash: row.address_hash as Uint8Array,
    ...(row.address_key === null ? {} : { addressKey: row.address_key as string }),
    ...(row.user_id === null ? {} : { userId: row.user_id as string }),
    scope: row.scope as StopScope,
    ...(row.target === null ? {} : { target: row.target as string }),
    reason: row.reason as string,
    at: row.at as number,
  }));
}

/** Lifts suppressions; returns how many. */
export function liftSuppressions(
  database: Database,
  selector: SuppressionSelector,
  hash: StopHash,
): number {
  if ("id" in selector) {
    return database.run("DELETE FROM suppressions WHERE id = ?", selector.id);
  }
  if ("userId" in selector) {
    return database.run("DELETE FROM suppressions WHERE user_id = ?", selector.userId);
  }
  const { addressKey } = selector;
  return database.run(
    `DELETE FROM suppressions WHERE ${OF_ADDRESS}`,
    hash("address", addressKey),
    addressKey,
  );
}

// Values in plain are compared as well: they outlive a change of the secret.
const OF_ADDRESS = "(address_hash = ?1 OR address_key = ?2)";
const OF_TARGET = "(target_hash = ?4 OR target = ?5)";

function selection(
  mail: MailReference,
  scope: StopScope,
  target: Uint8Array,
  known: KnownMail | undefined,
) {
  const plain = plainTarget(known, scope) ?? null;
  return [mail.address, known?.addressKey ?? null, scope, target, plain] as const;
}

function targetHash(mail: MailReference, scope: StopScope): Uint8Array | undefined {
  return scope === "all" ? NO_TARGET : mail[scope];
}

function plainTarget(known: KnownMail | undefined, scope: StopScope): string | undefined {
  return scope === "all" ? undefined : known?.[scope]?.id;
}
