/**
 * Joins what several stores know about a person into one profile.
 *
 * @module
 */

import { uniqueAddresses } from "../domain/email_address.ts";
import { ACCOUNT_STATES, type Profile } from "../domain/profile.ts";
import { localpartOf, type UserId } from "../domain/user_id.ts";

/**
 * Joins profiles, given in the order of their stores; `undefined` if there are none. Addresses and
 * roles are united, each address once whatever its case; the first name, language and time zone
 * count; the most restrictive state wins; an account exists if one of the profiles says so, and its
 * latest activity counts. The ID is the requested one if any profile has exactly that.
 */
export function joinProfiles(user: UserId, found: readonly Profile[]): Profile | undefined {
  if (found.length === 0) return undefined;
  // @BOB is not @bob: beside a store that knows @BOB, one that ignores case may mean bob.
  const exact = found.filter((profile) => profile.id === user);
  const profiles = /[A-Z]/.test(localpartOf(user)) && exact.length > 0 ? exact : found;
  const state = Math.max(...profiles.map((profile) => ACCOUNT_STATES.indexOf(profile.state)));
  const accounts = profiles.flatMap((profile) => profile.account ?? []);
  return {
    id: exact.length > 0 ? user : first(profiles, "id"),
    addresses: uniqueAddresses(profiles.flatMap((profile) => profile.addresses)),
    displayName: first(profiles, "displayName"),
    language: first(profiles, "language"),
    timeZone: first(profiles, "timeZone"),
    roles: [...new Set(profiles.flatMap((profile) => profile.roles))],
    state: ACCOUNT_STATES[state] ?? "active",
    account: accounts.length === 0 ? undefined : {
      exists: accounts.some((account) => account.exists),
      lastSeen: latest(accounts.flatMap((account) => account.lastSeen ?? [])),
    },
  };
}

function first<Key extends "id" | "displayName" | "language" | "timeZone">(
  profiles: readonly Profile[],
  key: Key,
): string | undefined {
  return profiles.find((profile) => profile[key] !== undefined)?.[key];
}

function latest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}
