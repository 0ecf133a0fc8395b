/**
 * Finding the address that a link is about among those that mails wait for, in SQLite.
 *
 * @module
 */

import type { MailReference, StopHash } from "../suppressions.ts";
import type { Database } from "./database.ts";
import { isSame, knownMail } from "./suppress_known.ts";

/** What a search has come to. */
export interface Waiting {
  /** The address's key; absent when no mail waited for it. */
  readonly key?: string;
  /** The newest mail that was there when it began. */
  readonly upTo: number;
}

// A hash takes some 20 microseconds. Everything else waits for as many at a time.
const AT_A_TIME = 250;

/**
 * Looks through the addresses that mails wait for, some at a time, as a hundred thousand of them would
 * hold up everything for seconds. `undefined` when the reference's mail is known: it needs no search.
 */
export async function searchWaiting(
  database: Database,
  mail: MailReference,
  hash: StopHash,
): Promise<Waiting | undefined> {
  const begin = database.read(() => {
    if (knownMail(database, mail, hash) !== undefined) return undefined;
    return Number(database.get("SELECT max(id) AS id FROM mails")?.id ?? 0);
  });
  if (begin === undefined) return undefined;
  for (let after = "";;) {
    const keys = database.read(() =>
      database.all(
        `SELECT DISTINCT address_key AS key FROM mails
         WHERE state IN ('queued', 'sending') AND address_key > ? ORDER BY address_key LIMIT ?`,
        after,
        AT_A_TIME,
      ).map(({ key }) => key as string)
    );
    const key = keys.find((key) => isSame(mail.address, hash("address", key)));
    if (key !== undefined) return { key, upTo: begin };
    if (keys.length < AT_A_TIME) return { upTo: begin };
    after = keys.at(-1) ?? after;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/**
 * The key of an address, as the search found it or among the mails that came since then, inside a
 * transaction of the caller's: between the two somebody may have been invited.
 */
export function waitingKey(
  database: Database,
  address: Uint8Array,
  hash: StopHash,
  waiting: Waiting | undefined,
): string | undefined {
  if (waiting === undefined || waiting.key !== undefined) return waiting?.key;
  return database.all(
    `SELECT DISTINCT address_key AS key FROM mails NOT INDEXED
     WHERE id > ? AND state IN ('queued', 'sending')`,
    waiting.upTo,
  ).map(({ key }) => key as string).find((key) => isSame(address, hash("address", key)));
}
