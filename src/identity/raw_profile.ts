/**
 * Builds a validated profile from what a store returned.
 *
 * @module
 */

import { type EmailAddress, parseEmailAddress } from "../domain/email_address.ts";
import type { AccountState, Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import { openLog } from "../system/log_events.ts";
import { cut } from "../text/plain_text.ts";
import { definedOnly } from "./defined_only.ts";
import { parseLanguageTag } from "./language_tag.ts";
import { StoreError } from "./port.ts";
import { uniqueAddresses } from "./unique_addresses.ts";

const log = openLog("identity");

/** A third-party identifier (3PID) as a store has it. */
export interface Threepid {
  /** What kind of identifier it is: `email`, `msisdn`. */
  readonly medium: string;
  /** The identifier itself. */
  readonly address: string;
}

/** What a store returned for a person, not validated yet. */
export interface RawProfile {
  /** The user ID in the store's own spelling. */
  readonly id?: string | undefined;
  /** In the store's order. */
  readonly threepids: Iterable<Threepid>;
  /** The name, perhaps blank. */
  readonly displayName?: string | null | undefined;
  /** A language tag, perhaps none. */
  readonly language?: string | null | undefined;
  /** A time zone's name, perhaps none. */
  readonly timeZone?: string | null | undefined;
  /** Roles or groups, perhaps several times. */
  readonly roles?: Iterable<string>;
  /** Whether the account may be used; active unless something else is said. */
  readonly state?: AccountState;
  /** The account at the homeserver, where the store knows of it. */
  readonly account?: Profile["account"];
}

/**
 * The profile: its addresses valid and each once, its texts not blank, its name not longer than
 * anybody's. What is invalid is dropped and logged; an address stands in the log at debug alone.
 *
 * @throws {StoreError} `misconfigured`, when there are more addresses than a person can have.
 */
export function profileFrom(store: string, user: UserId, raw: RawProfile): Profile {
  return {
    addresses: mailAddresses(store, user, raw.threepids),
    roles: [...new Set(raw.roles)],
    state: raw.state ?? "active",
    ...definedOnly({
      id: raw.id,
      displayName: cut(raw.displayName?.trim() ?? "", LONGEST_NAME) || undefined,
      language: languageFrom(store, user, raw.language),
      timeZone: timeZoneFrom(store, user, raw.timeZone),
      account: raw.account,
    }),
  };
}

// No name has more characters; a description in its place would be kept with each invitation.
const LONGEST_NAME = 255;
// As many are told one by one of an answer that may have thousands.
const MOST_TOLD = 3;
// Nobody has more. A query without its condition, or a filter that is too wide, would otherwise
// mail the whole organisation about one person's invitation.
const MOST_ADDRESSES = 50;

function mailAddresses(
  store: string,
  user: UserId,
  threepids: Iterable<Threepid>,
): EmailAddress[] {
  const valid: EmailAddress[] = [];
  let invalid = 0;
  for (const { medium, address } of threepids) {
    if (medium.toLowerCase() !== "email") continue;
    const parsed = parseEmailAddress(address);
    if (parsed !== undefined) {
      valid.push(parsed);
    } else if (++invalid <= MOST_TOLD) {
      log.warn("invalid address dropped", { store, user });
      log.debug("invalid address", { store, user, address: address.slice(0, 320) });
    }
  }
  const count = invalid - MOST_TOLD;
  if (count > 0) log.warn("more invalid addresses dropped", { store, user, count });
  const addresses = uniqueAddresses(valid);
  if (addresses.length <= MOST_ADDRESSES) return addresses;
  const reason = `it returns ${addresses.length} addresses for one person`;
  throw new StoreError(store, "misconfigured", reason);
}

function languageFrom(
  store: string,
  user: UserId,
  value: string | null | undefined,
): string | undefined {
  if (!value?.trim()) return undefined;
  const language = parseLanguageTag(value);
  if (language === undefined) log.warn("invalid language dropped", { store, user });
  return language;
}

function timeZoneFrom(
  store: string,
  user: UserId,
  value: string | null | undefined,
): string | undefined {
  const name = value?.trim();
  if (!name) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    log.warn("invalid time zone dropped", { store, user });
    return undefined;
  }
}
