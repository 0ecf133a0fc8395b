/**
 * Which mails an invitation may not have, in SQLite.
 *
 * @module
 */

import type { NewMail } from "../port.ts";
import type { StopHash, StopScope } from "../suppressions.ts";
import type { Database } from "./database.ts";

/** Why an invitation or a mail ended that nobody wants. */
export const SUPPRESSED = "suppressed";

/** Mails told apart. */
export interface Sifted {
  /** Those that may go out. */
  readonly wanted: readonly NewMail[];
  /** What keeps the others back, each once. */
  readonly scopes: readonly StopScope[];
}

/** Tells mails apart, inside a transaction of the caller's, so that no choice comes in between. */
export function splitSuppressed(
  database: Database,
  mails: readonly NewMail[],
  about: { readonly roomId: string; readonly inviter: string },
  hash: StopHash,
): Sifted {
  const scopes = new Set<StopScope>();
  const room = hash("room", about.roomId);
  const inviter = hash("inviter", about.inviter);
  const wanted = mails.filter(({ addressKey }) => {
    // By the address as well as by its hash: a secret that was changed does not undo a choice.
    const rows = database.all(
      `SELECT DISTINCT scope FROM suppressions WHERE (address_key = ?1 OR address_hash = ?2) AND (
         scope = 'all'
         OR (scope = 'room' AND (target = ?3 OR target_hash = ?4))
         OR (scope = 'inviter' AND (target = ?5 OR target_hash = ?6)))`,
      addressKey,
      hash("address", addressKey),
      about.roomId,
      room,
      about.inviter,
      inviter,
    );
    for (const { scope } of rows) scopes.add(scope as StopScope);
    return rows.length === 0;
  });
  return { wanted, scopes: [...scopes].sort() };
}
