/**
 * What the organisation knows of a person.
 *
 * @module
 */

import type { EmailAddress } from "./email_address.ts";

/** Whether an account may be used. The later one is the more restrictive one. */
export const ACCOUNT_STATES = ["active", "locked", "deactivated"] as const;

/** Whether an account may be used; what is unknown counts as active. */
export type AccountState = typeof ACCOUNT_STATES[number];

/** What an identity store knows of a person. `undefined` in its place means: no such user. */
export interface Profile {
  /** The user ID in the store's own spelling, where the store knows it. */
  readonly id?: string | undefined;
  /** In the store's order, each one valid. */
  readonly addresses: readonly EmailAddress[];
  /** The name that people know this person by. */
  readonly displayName?: string | undefined;
  /** A language tag of BCP 47. */
  readonly language?: string | undefined;
  /** A time zone's name in the IANA database. */
  readonly timeZone?: string | undefined;
  /** The person's roles or groups, in the store's own names. */
  readonly roles: readonly string[];
  /** Whether the account may be used. */
  readonly state: AccountState;
  /** Whether the person has an account at the homeserver, where the store knows it. */
  readonly account?: {
    /** `false` for somebody who has never logged in. */
    readonly exists: boolean;
    /** The last activity, in milliseconds since 1970, UTC. */
    readonly lastSeen?: number | undefined;
  } | undefined;
}
