/**
 * Making one profile of what several stores know of a person.
 *
 * @module
 */

import { ACCOUNT_STATES, type Profile } from "../domain/profile.ts";
import { localpartOf, type UserId } from "../domain/user_id.ts";
import { definedOnly } from "./defined_only.ts";
import { uniqueAddresses } from "./unique_addresses.ts";

/**
 * One profile of all, `undefined` when there are none. Their order is the stores' order: addresses
 * are joined in it, each once whatever its case; the first name, language and time
 * zone count; roles are united; the most restrictive state wins; an account exists when one of
 * them says so, last seen when the latest of them says. The ID is the asked one if any of them has
 * exactly that.
 */
export function joinProfiles(user: UserId, found: readonly Profile[]): Profile | undefined {
  if (found.length === 0) return undefined;
  // @BOB is not @bob: beside a store that knows @BOB, one that ignores case may mean bob.
  const exact = found.filter((profile) => profile.id === user);
  const profiles = /[A-Z]/.test(localpartOf(user)) && exact.length > 0 ? exact : found;
  const state = Math.max(...profiles.map((profile) => ACCOUNT_STATES.indexOf(profile.state)));
  const accounts = profiles.flatMap((profile) => profile.account ?? []);
  return {
    addresses: uniqueAddresses(profiles.flatMap((profile) => profile.addresses)),
    roles: [...new Set(profiles.flatMap((profile) => profile.roles))],
    state: ACCOUNT_STATES[state] ?? "active",
    ...definedOnly({
      id: profiles.some((profile) => profile.id === user) ? user : first(profiles, "id"),
      displayName: first(profiles, "displayName"),
      language: first(profiles, "language"),
      timeZone: first(profiles, "timeZone"),
      account: accounts.length === 0 ? undefined : {
        exists: accounts.some((account) => account.exists),
        ...definedOnly({ lastSeen: latest(accounts.flatMap((account) => account.lastSeen ?? [])) }),
      },
    }),
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
