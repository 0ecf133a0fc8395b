/**
 * Logs referrals to other directories, which are not followed.
 *
 * @module
 */

import { openLog } from "../../system/log_events.ts";

const log = openLog("identity");

// Active Directory returns these with each search from the root of a domain; they hold no people.
const WITHOUT_PEOPLE = /^\/(?:CN=Configuration|DC=DomainDnsZones|DC=ForestDnsZones),/i;
const MAX_LOGGED = 100;

/** Returns a function that logs each referral of a store once. */
export function openReferralLog(store: string): (references: readonly string[]) => void {
  const logged = new Set<string>();
  return (references) => {
    for (const reference of references) {
      if (logged.has(reference) || logged.size >= MAX_LOGGED) continue;
      logged.add(reference);
      const isWithoutPeople = WITHOUT_PEOPLE.test(decoded(reference));
      if (isWithoutPeople) log.debug("referral without people", { store, reference });
      else log.warn("referral not followed", { store, reference });
    }
  };
}

// The path of an LDAP URL is a DN (RFC 4516).
function decoded(reference: string): string {
  const path = URL.parse(reference)?.pathname ?? "";
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
