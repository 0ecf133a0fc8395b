/**
 * Reads where a mail goes that its address refuses.
 *
 * @module
 */

import { MAX_GATHERED } from "../../gather.ts";
import { dropEnded, type HeldMail } from "../../settle_mail.ts";
import { suppressingScopes } from "../../suppressed.ts";
import type { StopHash } from "../../suppressions.ts";
import type { Engine } from "../engine.ts";
import { answer, type Steps } from "../steps.ts";
import { storedSuppressions } from "../suppressions.ts";
import { joinableMail } from "./join.ts";

/** A mail without the next addresses that have ended, and with the mail that waits at the one after. */
export function* withNext(
  database: Engine,
  mail: HeldMail,
  gathers: boolean,
  hash: StopHash,
  now: number,
): Steps<HeldMail> {
  const failover = yield* answer(dropEnded(mail.failover), function* (key) {
    const stored = yield* storedSuppressions(database, hash("address", key), key);
    return suppressingScopes(stored, { roomId: "", inviter: "" }, hash, now);
  });
  const waiting = gathers && failover[0] &&
    (yield* joinableMail(database, mail.id, failover[0].address));
  const open = mail.links.filter((link) => link.open).length;
  const joins = waiting && waiting.size + open <= MAX_GATHERED ? waiting.id : undefined;
  return { ...mail, failover, joins };
}
