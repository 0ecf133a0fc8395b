/**
 * What the outbox remembers about itself: its secret, when it was created, and the homeserver's name,
 * with which it keeps in step which rows are of its own inviters.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";
import { OutboxError } from "../port.ts";
import { isSameHash } from "../suppressed.ts";
import type { Engine } from "./engine.ts";
import type { Steps } from "./steps.ts";
import { commit, read, type Transactions } from "./transactions.ts";

const SECRET_BYTES = 32;
const ROWS_PER_TRANSACTION = 1000;
const CREATED_AT = "created_at";
const DOMAIN = "domain";

/** The key under which an outbox knows that moving it here from another database has not ended. */
export const UNFINISHED_MOVE = "unfinished_move";

/** What is stored by that name; `undefined` if nothing is. */
export function* readMeta(database: Engine, key: string): Steps<Uint8Array | undefined> {
  const value = (yield* database.get("SELECT value FROM meta WHERE key = ?", key))?.value;
  return value instanceof Uint8Array ? value : undefined;
}

/** Stores that; the caller opens the transaction. */
export function* storeMeta(database: Engine, key: string, value: Uint8Array): Steps<void> {
  yield* database.run(
    `INSERT INTO meta (key, value) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    key,
    value,
  );
}

/** A text that is stored; `undefined` if none is. */
export function* readMetaText(database: Engine, key: string): Steps<string | undefined> {
  return metaText(yield* readMeta(database, key));
}

/** The text in a column `value` of `meta`; `undefined` if nothing is stored. */
export function metaText(value: unknown): string | undefined {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}

/** Stores that; the caller opens the transaction. */
export function* storeMetaText(database: Engine, key: string, text: string): Steps<void> {
  yield* storeMeta(database, key, new TextEncoder().encode(text));
}

/** A time that is stored as text; `undefined` if it is none. */
export function* readMetaTime(database: Engine, key: string): Steps<number | undefined> {
  const time = Number((yield* readMetaText(database, key)) ?? NaN);
  return Number.isSafeInteger(time) ? time : undefined;
}

/** Deletes what is stored by that name; the caller opens the transaction. */
export function* deleteMeta(database: Engine, key: string): Steps<void> {
  yield* database.run("DELETE FROM meta WHERE key = ?", key);
}

/**
 * Checks that moving the outbox here has ended.
 *
 * @throws {OutboxError} `refused`, if it has not.
 */
export function* refuseUnfinished(database: Engine): Steps<void> {
  const from = yield* readMetaText(database, UNFINISHED_MOVE);
  if (from === undefined) return;
  throw new OutboxError(
    "refused",
    `the outbox was not moved here from ${printable(from)} to the end: run appservice-mxisd ` +
      "storage migrate again, and start the service when that has ended with 0",
  );
}

/**
 * The secret, created with the outbox.
 *
 * @throws {OutboxError} `refused` if it is lost, or the outbox is not complete.
 */
export function* readSecret(database: Engine): Steps<Uint8Array> {
  yield* refuseUnfinished(database);
  const secret = yield* readMeta(database, "secret");
  if (secret?.length === SECRET_BYTES) return secret;
  throw new OutboxError("refused", "the outbox has lost its secret: use another file");
}

/** Stores when a service opened the outbox; the caller opens the transaction. */
export function* rememberCreation(database: Engine, now: number): Steps<void> {
  // Another process may have stored it meanwhile.
  if ((yield* readCreation(database)) !== undefined) return;
  yield* storeMetaText(database, CREATED_AT, `${now}`);
}

/** When a service first opened the outbox, in milliseconds UTC. */
export function* readCreation(database: Engine): Steps<number | undefined> {
  return yield* readMetaTime(database, CREATED_AT);
}

/** Marks all rows again if they were marked for another homeserver, or not at all. */
export function* refreshOwn(domain: string): Transactions<void> {
  const name = new TextEncoder().encode(domain);
  const stored = yield* read((database) => readMeta(database, DOMAIN));
  if (isSameHash(stored, name)) return;
  for (const [table, statement] of Object.entries(MARKINGS)) {
    const last = yield* read((database) => database.get(`SELECT max(id) AS id FROM ${table}`));
    for (let after = 0; after < Number(last?.id ?? 0); after += ROWS_PER_TRANSACTION) {
      yield* commit((database) =>
        database.run(statement, domain, after, after + ROWS_PER_TRANSACTION)
      );
    }
  }
  yield* commit((database) => storeMeta(database, DOMAIN, name));
}

// The mails after the invitations that they are about.
const MARKINGS = {
  invitations: `UPDATE invitations SET own = CASE WHEN server = ? THEN 1 ELSE 0 END
    WHERE id > ? AND id <= ?`,
  mails: `UPDATE mails SET own = CASE WHEN EXISTS (
      SELECT 1 FROM mail_invitations JOIN invitations ON invitations.id = invitation_id
      WHERE mail_id = mails.id AND invitations.server = ?) THEN 1 ELSE 0 END
    WHERE id > ? AND id <= ?`,
};
