import type { EmailAddress } from "../../../src/domain/email_address.ts";
import type { Profile } from "../../../src/domain/profile.ts";
import type { UserId } from "../../../src/domain/user_id.ts";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";

/** What a test knows of a person. */
export type Person = Partial<Omit<Profile, "addresses">> & { readonly addresses?: string[] };

/** An identity store whose people and failures the test decides. */
export interface People extends Pick<IdentityStore, "findProfile"> {
  /** Who was looked up, in order. */
  readonly lookups: readonly string[];
  /** By user ID; an error is thrown. */
  readonly known: Map<string, Person | Error>;
  /** Until it is `undefined`, every lookup fails with it. */
  outage: Error | undefined;
}

/** A store that knows these people. */
export function people(known: Record<string, Person | Error> = {}): People {
  const lookups: string[] = [];
  return {
    lookups,
    known: new Map(Object.entries(known)),
    outage: undefined,
    // deno-lint-ignore require-await
    async findProfile(user: UserId, options) {
      lookups.push(user);
      if (options?.signal?.aborted) throw new StoreError("fake", "temporary", "stopped");
      if (this.outage) throw this.outage;
      const person = this.known.get(user);
      if (person instanceof Error) throw person;
      return person && profileOf(person);
    },
  };
}

/** The profile of a person. */
export function profileOf(person: Person): Profile {
  return {
    roles: [],
    state: "active",
    ...person,
    addresses: (person.addresses ?? []) as EmailAddress[],
  };
}
