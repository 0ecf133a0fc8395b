import assert from "node:assert/strict";
import { ldapSection } from "../../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../../src/identity/ldap/store.ts";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { DOMAIN, type Person, testIdentityStore } from "../../contracts/identity_store.ts";
import { CA } from "../../fakes/net/certificates.ts";
import type { ManualClock } from "../../fakes/system/manual_clock.ts";
import { connectionTo, FIRST_SUFFIX, READER, type Slapd, startSlapd } from "../servers/slapd.ts";

function entryOf({ localpart, addresses, displayName }: Person, index: number) {
  return {
    cn: `person${index}`,
    uid: localpart,
    // Unlike mail it has letters beyond ASCII, and unlike a configuration no empty values.
    description: addresses.filter((address) => address !== ""),
    ...(displayName === undefined ? {} : { displayName }),
  };
}

function openStore(slapd: Slapd, tls: boolean | "starttls", clock: ManualClock): IdentityStore {
  const section = ldapSection.parse({
    enabled: true,
    connection: connectionTo(slapd, tls),
    attribute: { uid: { value: "uid" }, threepid: { email: ["description"] } },
  });
  const [store] = openLdapStores(section, "ldap", { domain: DOMAIN, clock, authorities: [CA] });
  assert.ok(store);
  return store;
}

for (const [name, tls] of [["plain", false], ["STARTTLS", "starttls"], ["LDAPS", true]] as const) {
  testIdentityStore({
    name: `ldap (slapd, ${name})`,
    severalEntries: true,
    faults: ["down"],
    async open(people, clock) {
      const domains = [{ suffix: FIRST_SUFFIX, people: people.map(entryOf) }];
      await using started = new AsyncDisposableStack();
      const slapd = started.use(await startSlapd({ domains }));
      const store = started.use(openStore(slapd, tls, clock));
      const owned = started.move();
      return {
        store,
        secrets: [READER.password],
        down: () => slapd.down(),
        up: () => slapd.up(),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  });
}
