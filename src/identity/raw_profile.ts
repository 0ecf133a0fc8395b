/**
 * Builds a validated profile from what a store returned.
 *
 * @module
 */

import { type EmailAddress, parseEmailAddress, uniqueAddresses } from "../domain/email_address.ts";
import { parseLanguageTag } from "../domain/language.ts";
import type { AccountState, Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import { openLog } from "../system/log_events.ts";
import { cut } from "../text/plain_text.ts";
import { quoted } from "../text/printable.ts";
import { StoreError } from "./port.ts";

const log = openLog("identity");

/** A third-party identifier (3PID) as a store has it. */
export interface Threepid {
  /** The kind of identifier: `email`, `msisdn`. */
  readonly medium: unknown;
  /** Anything, as stores return it. */
  readonly address?: unknown;
}

/** The identifiers of a list from outside; what is none at all stands in the place of an address. */
export function threepidsFrom(values: Iterable<unknown>): readonly Threepid[] {
  return [...values].map((value) =>
    typeof value === "object" && value !== null && "medium" in value
      ? { medium: value.medium, address: "address" in value ? value.address : undefined }
      : { medium: undefined, address: value }
  );
}

/** Email addresses of a list from outside. */
export function emailsFrom(values: Iterable<unknown>): readonly Threepid[] {
  return [...values].map((address) => ({ medium: "email", address }));
}

/** What a store returned for a person, not validated yet. */
export interface RawProfile {
  /** The user ID in the store's own spelling. */
  readonly id?: string | undefined;
  /** In the store's order. */
  readonly threepids: Iterable<Threepid>;
  readonly displayName?: string | null | undefined;
  readonly language?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  /** Roles or groups, possibly with repetitions. */
  readonly roles?: Iterable<string> | undefined;
  /** Whether the account may be used; active if the store does not say. */
  readonly state?: AccountState | undefined;
  /** The account at the homeserver, if the store knows about it. */
  readonly account?: Profile["account"] | undefined;
}

/**
 * Validates a raw profile: its addresses are valid and unique, its name is not blank and has a
 * limited length. Invalid values are dropped and logged, addresses only at level debug.
 *
 * @throws {StoreError} `misconfigured` if there are more addresses than a person can have.
 */
export function profileFrom(store: string, user: UserId, raw: RawProfile): Profile {
  const { addresses, dropped } = emailAddresses(store, user, raw.threepids);
  return {
    id: raw.id,
    addresses,
    ...(dropped.length > 0 ? { dropped } : {}),
    displayName: cut(raw.displayName?.trim() ?? "", MAX_NAME_CHARS) || undefined,
    language: languageFrom(store, user, raw.language),
    timeZone: timeZoneFrom(store, user, raw.timeZone),
    roles: [...new Set(raw.roles)],
    state: raw.state ?? "active",
    account: raw.account && { exists: raw.account.exists, lastSeen: raw.account.lastSeen },
  };
}

// No name is longer; a description in its place would be stored with each invitation.
const MAX_NAME_CHARS = 255;
// A result may have thousands of invalid addresses: only the first ones are logged individually.
const MAX_LOGGED_ADDRESSES = 3;
// No person has more. A query without its condition, or a filter that is too wide, would otherwise
// email the whole organisation about one person's invitation.
const MAX_ADDRESSES = 50;

function emailAddresses(
  store: string,
  user: UserId,
  threepids: Iterable<Threepid>,
): { readonly addresses: readonly EmailAddress[]; readonly dropped: readonly string[] } {
  const valid: EmailAddress[] = [];
  const dropped: string[] = [];
  let invalid = 0;
  for (const { medium, address } of threepids) {
    if (typeof medium === "string" && medium.toLowerCase() !== "email") continue;
    // A value without a medium may be anything.
    const parsed = medium === undefined ? undefined : parseEmailAddress(address);
    if (parsed !== undefined) {
      valid.push(parsed);
    } else if (++invalid <= MAX_LOGGED_ADDRESSES) {
      const text = shownValue(address);
      dropped.push(text);
      log.warn("invalid address dropped", { store, user });
      log.debug("invalid address", { store, user, address: text });
    }
  }
  const count = invalid - MAX_LOGGED_ADDRESSES;
  if (count > 0) log.warn("more invalid addresses dropped", { store, user, count });
  const addresses = uniqueAddresses(valid);
  if (count > 0) dropped.push(`${count} more`);
  if (addresses.length <= MAX_ADDRESSES) return { addresses, dropped };
  const reason = `it returns ${addresses.length} addresses for one person`;
  throw new StoreError(store, "misconfigured", reason);
}

const MAX_SHOWN_CHARS = 320;

function shownValue(value: unknown): string {
  const text = typeof value === "string" ? quoted(value) : JSON.stringify(value) ?? "nothing";
  return cut(text, MAX_SHOWN_CHARS);
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
