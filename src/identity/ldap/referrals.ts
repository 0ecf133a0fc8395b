/**
 * Telling of the other directories that a directory refers to.
 *
 * @module
 */

import { openLog } from "../../system/log_events.ts";

const log = openLog("identity");

// Each search from the root of a domain of Active Directory refers to these; there are no people.
const WITHOUT_PEOPLE = /^\/(?:CN=Configuration|DC=DomainDnsZones|DC=ForestDnsZones),/i;
const MOST_TOLD = 100;

/** Tells of references. */
export interface Referrals {
  /** Tells of those that it has not told of before. They are never followed. */
  tell(references: readonly string[]): void;
}

/** Tells of each reference once, in the log. */
export function openReferrals(store: string): Referrals {
  const told = new Set<string>();
  return {
    tell(references) {
      for (const reference of references) {
        if (told.has(reference) || told.size >= MOST_TOLD) continue;
        told.add(reference);
        const isWithoutPeople = WITHOUT_PEOPLE.test(decoded(reference));
        if (isWithoutPeople) log.debug("referral without people", { store, reference });
        else log.warn("referral not followed", { store, reference });
      }
    },
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
