/**
 * Identity stores that answer as a test says.
 *
 * @module
 */

import type { EmailAddress } from "../../../src/domain/email_address.ts";
import type { Profile } from "../../../src/domain/profile.ts";
import { type IdentityStore, StoreError, type StoreErrorKind } from "../../../src/identity/port.ts";

/** A store that answers every lookup with `answer`, and passes its check. */
export function scriptedStore(
  name: string,
  answer: IdentityStore["findProfile"],
): IdentityStore {
  return {
    name,
    findProfile: answer,
    check: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A store that knows everybody, with this address, and with its own name as name and role. */
export function knows(name: string, address: string): IdentityStore {
  const profile: Profile = {
    addresses: [address as EmailAddress],
    displayName: name,
    roles: [name],
    state: "active",
  };
  return scriptedStore(name, () => Promise.resolve(profile));
}

/** A store whose lookups fail. */
export function fails(name: string, kind: StoreErrorKind): IdentityStore {
  return scriptedStore(name, () => Promise.reject(new StoreError(name, kind, "it is broken")));
}

/** A store without people. */
export const empty: IdentityStore = scriptedStore("empty", () => Promise.resolve(undefined));

/** A store that never answers. */
export const silent: IdentityStore = scriptedStore("silent", () => new Promise(() => {}));
