/**
 * Reads entries of a directory.
 *
 * @module
 */

import type { Entry } from "ldapts";
import { ACCOUNT_STATES, type AccountState } from "../../domain/profile.ts";
import type { Threepid } from "../raw_profile.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The text values of an attribute in the directory's order. The name is matched case-insensitively;
 * values that are not valid UTF-8 are left out.
 */
export function valuesOf(entry: Entry, attribute: string): readonly string[] {
  return rawValuesOf(entry, attribute).flatMap((value) => textOf(value) ?? []);
}

function rawValuesOf(entry: Entry, attribute: string): readonly (string | Uint8Array)[] {
  const wanted = attribute.toLowerCase();
  // Active Directory returns very many values in parts, with the range in the attribute's name.
  const isWanted = (name: string) => name === wanted || name.startsWith(`${wanted};range=`);
  return Object.entries(entry).flatMap(([name, value]) => {
    if (name === "dn" || !isWanted(name.toLowerCase())) return [];
    return Array.isArray(value) ? value : [value];
  });
}

function textOf(value: string | Uint8Array): string | undefined {
  if (typeof value === "string") return value;
  try {
    return decoder.decode(value);
  } catch {
    return undefined;
  }
}

/** The email addresses of the attributes, in their order. */
export function threepidsOf(entry: Entry, attributes: readonly string[]): readonly Threepid[] {
  return attributes.flatMap((attribute) =>
    rawValuesOf(entry, attribute).flatMap((bytes) => {
      // What is no text is no address, but shown as such.
      const value = textOf(bytes) ?? new TextDecoder().decode(bytes as Uint8Array);
      const address = attribute.toLowerCase() === "proxyaddresses" ? smtpProxy(value) : value;
      return address === undefined ? [] : { medium: "email", address };
    })
  );
}

// Exchange prefixes an address with its type, in capitals for the primary one.
function smtpProxy(value: string): string | undefined {
  return /^smtp:(.*)$/i.exec(value)?.[1];
}

/** The attributes that hold the state of an account. */
export const STATE_ATTRIBUTES: readonly string[] = [
  ...["userAccountControl", "accountExpires"], // Active Directory, Samba
  ...["loginDisabled", "loginExpirationTime"], // eDirectory
  "nsAccountLock", // 389 Directory Server, FreeIPA
  "pwdAccountLockedTime", // OpenLDAP's password policy
];

const ACCOUNTDISABLE = 0x2;
// File times count 100 ns since 1601.
const TICKS_PER_MILLISECOND = 10_000n;
const FROM_1601_TO_1970 = 11_644_473_600_000n;
const NEVER = 0x7fff_ffff_ffff_ffffn;
const LOCKED_FOR_GOOD = "000001010000Z";

/**
 * The state of an account: `deactivated` if it is disabled, `locked` if it has expired or an
 * administrator has locked it. An account that is locked for some minutes after too many wrong
 * passwords is active, as anybody can cause that.
 *
 * @param now In milliseconds since 1970, UTC.
 */
export function stateOf(entry: Entry, now: number): AccountState {
  const has = (attribute: string, test: (value: string) => boolean) =>
    valuesOf(entry, attribute).some(test);
  const isTrue = (value: string) => value.toLowerCase() === "true";
  if (
    has("userAccountControl", (flags) => (Number(flags) & ACCOUNTDISABLE) !== 0) ||
    has("loginDisabled", isTrue) || has("nsAccountLock", isTrue)
  ) return "deactivated";
  const isLocked = has("accountExpires", (ticks) => isPastFileTime(ticks, now)) ||
    has("loginExpirationTime", (time) => isPastGeneralizedTime(time, now)) ||
    has("pwdAccountLockedTime", (time) => time === LOCKED_FOR_GOOD);
  return isLocked ? "locked" : "active";
}

/** The more restrictive of two states. */
export function stricter(one: AccountState, other: AccountState): AccountState {
  return ACCOUNT_STATES.indexOf(one) >= ACCOUNT_STATES.indexOf(other) ? one : other;
}

function isPastFileTime(text: string, now: number): boolean {
  if (!/^[0-9]{1,19}$/.test(text)) return false;
  const ticks = BigInt(text);
  if (ticks === 0n || ticks >= NEVER) return false;
  return ticks / TICKS_PER_MILLISECOND - FROM_1601_TO_1970 <= BigInt(Math.floor(now));
}

function isPastGeneralizedTime(text: string, now: number): boolean {
  const match = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.[0-9]+)?Z$/
    .exec(text);
  if (!match) return false;
  const [year = 0, month = 1, ...rest] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest) <= now;
}
