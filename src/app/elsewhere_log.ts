/**
 * Logs invites of people of other homeservers, of whom nobody is notified.
 *
 * They are usual in rooms with people from elsewhere. But if `matrix.domain` is wrong, all invites are
 * of this kind, and nothing else says so.
 *
 * @module
 */

import { isServerName, serverOf } from "../domain/user_id.ts";
import { HOUR } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("accept");

// Anybody can make up names of servers.
const MAX_DOMAINS = 5;

/**
 * Returns a function that takes the invitee of each such invite: it logs the first one at once, then
 * once an hour how many there were since, and some of their domains.
 *
 * @param ours The homeserver's name, as configured.
 */
export function openElsewhereLog(
  ours: string,
  clock: Pick<Clock, "monotonic">,
): (invitee: string) => void {
  let count = 0;
  let quietUntil = -Infinity;
  const domains = new Set<string>();
  return (invitee) => {
    count++;
    const domain = serverOf(invitee);
    if (isServerName(domain) && domains.size < MAX_DOMAINS) domains.add(domain);
    const now = clock.monotonic();
    if (now < quietUntil) return;
    log.info("invites of other domains ignored", {
      count,
      domains: [...domains],
      advice: `only people of ${ours} (matrix.domain) are notified`,
    });
    count = 0;
    domains.clear();
    quietUntil = now + HOUR;
  };
}
