/**
 * The profile of a person in the organisation's identity stores.
 *
 * @module
 */

import type { EmailAddress } from "./email_address.ts";

/** The states of an account, from the least to the most restrictive. */
export const ACCOUNT_STATES = ["active", "locked", "deactivated"] as const;

/** The state of an account; unknown counts as active. */
export type AccountState = typeof ACCOUNT_STATES[number];

/** A person's profile. An identity store returns `undefined` instead for an unknown user. */
export interface Profile {
  /** The user ID in the store's own spelling, where the store knows it. */
  readonly id?: string | undefined;
  /** Valid addresses in the store's order. */
  readonly addresses: readonly EmailAddress[];
  /** Values in the place of addresses that are none; only the first ones, and cut, to be shown. */
  readonly dropped?: readonly string[] | undefined;
  /** The name that others see. */
  readonly displayName?: string | undefined;
  /** A language tag of BCP 47. */
  readonly language?: string | undefined;
  /** A time zone's name in the IANA database. */
  readonly timeZone?: string | undefined;
  /** The names of the person's roles or groups in the store. */
  readonly roles: readonly string[];
  /** The state of the account. */
  readonly state: AccountState;
  /** The person's account at the homeserver, if the store knows about it. */
  readonly account?: {
    /** `false` for somebody who has never logged in. */
    readonly exists: boolean;
    /** The last activity, in milliseconds since 1970, UTC. */
    readonly lastSeen?: number | undefined;
  } | undefined;
}
