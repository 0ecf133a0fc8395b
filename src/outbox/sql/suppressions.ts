/**
 * Reads, adds and removes suppressions.
 *
 * @module
 */

import type { InvitationFacts } from "../../domain/invitation.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import {
  type KnownMail,
  knownMail,
  type ReferredRow,
  stopState,
  targetOf,
} from "../mail_reference.ts";
import { MAX_TIME_MS, parseFacts } from "../stored_row.ts";
import { isOf, type StopRules, type StoredSuppression } from "../suppressed.ts";
import type {
  MailReference,
  StopHash,
  StopScope,
  StopState,
  Suppression,
  Suppressions,
  SuppressionScope,
  SuppressionSelector,
} from "../suppressions.ts";
import type { Ways } from "./administration.ts";
import { type AddressTarget, withdrawSlice } from "./cancel.ts";
import type { Engine } from "./engine.ts";
import type { Steps, Value } from "./steps.ts";

const UNKNOWN_FACTS: InvitationFacts = { room: { kind: "room", encrypted: false } };
// The key counts as well: it outlives a changed secret.
const OF_ADDRESS = "(address_hash = ? OR address_key = ?)";

/** The suppressions of an address, by its hash, and by its key if known. */
export function* storedSuppressions(
  database: Engine,
  addressHash: Uint8Array,
  addressKey: string | undefined,
): Steps<readonly StoredSuppression[]> {
  return (yield* database.all(
    `SELECT id, scope, target_hash, target, at, until FROM suppressions WHERE ${OF_ADDRESS}`,
    addressHash,
    addressKey ?? null,
  )).map((row): StoredSuppression => ({
    id: row.id as number,
    scope: row.scope as string,
    targetHash: asHash(row.target_hash),
    target: row.target as string | null ?? undefined,
    at: row.at as number,
    until: row.until as number | null ?? undefined,
  }));
}

/** Reads what is stopped for a mail's recipient. */
function* readStopState(
  database: Engine,
  reference: MailReference,
  rules: StopRules,
): Steps<StopState> {
  const known = yield* readKnownMail(database, reference, rules.hash);
  const stored = yield* storedSuppressions(database, reference.address, known?.addressKey);
  return stopState(reference, known, stored, rules);
}

/** A choice that is new. */
interface StoredChoice {
  readonly target: AddressTarget;
  /** The mail after which withdrawing goes on; `undefined` if that is done. */
  readonly after: number | undefined;
}

/**
 * Stops mails, and withdraws the first of those that wait; `undefined` if that is not new. The caller
 * opens the transaction.
 */
function* suppress(
  database: Engine,
  reference: MailReference,
  choice: { readonly scope: StopScope; readonly reason: string },
  rules: StopRules,
  now: number,
): Steps<StoredChoice | undefined> {
  const { scope, reason } = choice;
  const { address } = reference;
  const known = yield* readKnownMail(database, reference, rules.hash);
  const target = targetOf(reference, scope, known);
  if (target === undefined) return undefined;
  const added = yield* database.run(
    `INSERT INTO suppressions
       (address_hash, address_key, user_id, scope, target_hash, target, reason, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    address,
    known?.addressKey ?? (yield* waitingAddressKey(database, address)) ?? null,
    known?.userId ?? null,
    scope,
    target.hash,
    target.id ?? null,
    reason,
    now,
  );
  if (added === 0) return undefined;
  const stopped = { address, scope, target: target.hash };
  return { target: stopped, after: yield* withdrawSlice(database, stopped, rules, now, 0) };
}

/** Undoes a choice that was made at `since` or later. The caller opens the transaction. */
function* undo(
  database: Engine,
  reference: MailReference,
  scope: StopScope,
  since: number,
  hash: StopHash,
): Steps<boolean> {
  const known = yield* readKnownMail(database, reference, hash);
  const target = targetOf(reference, scope, known);
  if (target === undefined) return false;
  const undone = (yield* storedSuppressions(database, reference.address, known?.addressKey))
    .filter((stored) => stored.at >= since && isOf(stored, target));
  for (const { id } of undone) yield* liftSuppressions(database, { id }, hash);
  return undone.length > 0;
}

/** All suppressions that have not ended, the oldest first. */
function* listSuppressions(database: Engine, now: number): Steps<readonly Suppression[]> {
  return (yield* database.all(
    `SELECT id, address_hash, address_key, user_id, scope, target, reason, at, until
     FROM suppressions WHERE until IS NULL OR until > ? ORDER BY id`,
    now,
  )).map((row): Suppression => ({
    id: row.id as number,
    addressHash: asHash(row.address_hash),
    addressKey: row.address_key as string | null ?? undefined,
    userId: row.user_id as string | null ?? undefined,
    scope: row.scope as SuppressionScope,
    target: row.target as string | null ?? undefined,
    reason: String(row.reason),
    at: asTime(row.at),
    until: row.until === null ? undefined : asTime(row.until),
  }));
}

/** Lifts suppressions; returns how many. */
function* liftSuppressions(
  database: Engine,
  selector: SuppressionSelector,
  hash: StopHash,
): Steps<number> {
  if ("id" in selector) return yield* liftWhere(database, "id = ?", selector.id);
  if ("userId" in selector) return yield* liftWhere(database, "user_id = ?", selector.userId);
  const { addressKey } = selector;
  return yield* liftWhere(database, OF_ADDRESS, hash("address", addressKey), addressKey);
}

function* liftWhere(database: Engine, condition: string, ...values: Value[]): Steps<number> {
  yield* database.run(
    `DELETE FROM bounces WHERE address_hash IN
       (SELECT address_hash FROM suppressions WHERE scope = 'bounce' AND ${condition})`,
    ...values,
  );
  return yield* database.run(`DELETE FROM suppressions WHERE ${condition}`, ...values);
}

function* readKnownMail(
  database: Engine,
  reference: MailReference,
  hash: StopHash,
): Steps<KnownMail | undefined> {
  return knownMail(reference, yield* referredRow(database, reference.mail), hash);
}

function* referredRow(database: Engine, mail: number): Steps<ReferredRow | undefined> {
  const row = yield* database.get("SELECT address_key, user_id FROM mails WHERE id = ?", mail);
  return row && {
    addressKey: String(row.address_key),
    userId: String(row.user_id),
    invitations: (yield* database.all(
      `SELECT room_id, inviter, inviter_name, facts
       FROM mail_invitations JOIN invitations ON id = invitation_id WHERE mail_id = ? ORDER BY id`,
      mail,
    )).map((invitation) => ({
      roomId: String(invitation.room_id),
      inviter: String(invitation.inviter),
      inviterName: invitation.inviter_name as string | null ?? undefined,
      facts: parseFacts(invitation.facts) ?? UNKNOWN_FACTS,
    })),
  };
}

/** The suppressions in the database. */
export function openSuppressions({ access, hash, commit }: Ways, rules: StopRules): Suppressions {
  const { read } = access;
  return {
    hash,
    stateOf: (mail) => read((database) => readStopState(database, mail, rules)),
    async suppress(mail, scope, reason) {
      const stopped = await commit((database, now) =>
        suppress(database, mail, { scope, reason }, rules, now)
      );
      for (let after = stopped?.after; stopped && after !== undefined;) {
        await letOthersIn();
        const from: number = after;
        after = await commit((database, now) =>
          withdrawSlice(database, stopped.target, rules, now, from)
        );
      }
      return stopped !== undefined;
    },
    undo: (mail, scope, since) => commit((database) => undo(database, mail, scope, since, hash)),
    list: () => read((database) => listSuppressions(database, access.now())),
    lift: (selector) => commit((database) => liftSuppressions(database, selector, hash)),
  };
}

// A choice is respected even if its row is damaged, and its page opens even if its mail's is.
function asHash(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function asTime(value: unknown): number {
  return Math.min(Math.max(0, Number(value)), MAX_TIME_MS);
}

// The mail of a link may be deleted while others wait for its address.
function* waitingAddressKey(database: Engine, addressHash: Uint8Array): Steps<string | undefined> {
  const row = yield* database.get(
    `SELECT address_key FROM mails WHERE address_hash = ? AND state IN ('queued', 'sending')
     LIMIT 1`,
    addressHash,
  );
  return row?.address_key as string | undefined;
}
