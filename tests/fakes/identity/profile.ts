/**
 * Profiles as stores return them.
 *
 * @module
 */

import type { EmailAddress } from "../../../src/domain/email_address.ts";
import type { Profile } from "../../../src/domain/profile.ts";

/** What is known about a person; addresses are not validated. */
export type Known = Omit<Partial<Profile>, "addresses"> & {
  readonly addresses?: readonly string[];
};

/** The profile with everything else unknown. */
export function profileWith({ addresses = [], account, ...known }: Known): Profile {
  return {
    id: undefined,
    addresses: addresses as EmailAddress[],
    displayName: undefined,
    language: undefined,
    timeZone: undefined,
    roles: [],
    state: "active",
    account: account && { lastSeen: undefined, ...account },
    ...known,
  };
}
