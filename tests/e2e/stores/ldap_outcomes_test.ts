import assert from "node:assert/strict";
import { joinStores } from "../../../src/identity/joined_stores.ts";
import { ldapSection } from "../../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../../src/identity/ldap/store.ts";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { type Clock, systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { CA, ELSEWHERE, UNRELATED_CA } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import {
  connectionTo,
  FIRST_SUFFIX,
  READER,
  type Slapd,
  type SlapdOptions,
  startSlapd,
} from "../servers/slapd.ts";

const BOB = {
  cn: "bob",
  uid: "bob",
  displayName: "Bob",
  mail: ["bob@example.org", "b@example.com"],
};

interface Behind {
  readonly slapd: Slapd;
  /** Opens stores of a section whose directory is the server, but for what is given. */
  stores(connection?: object, others?: object): readonly IdentityStore[];
}

function test(
  sentence: string,
  options: Partial<SlapdOptions>,
  body: (behind: Behind) => Promise<void>,
) {
  Deno.test(`ldap (slapd): ${sentence}`, async () => {
    await using started = new AsyncDisposableStack();
    const slapd = started.use(
      await startSlapd({ domains: [{ suffix: FIRST_SUFFIX, people: [BOB] }], ...options }),
    );
    await body({
      slapd,
      stores(connection = {}, { authorities = [CA], clock = systemClock, ...others }: Others = {}) {
        const section = ldapSection.parse({
          enabled: true,
          connection: { ...connectionTo(slapd, false), ...connection },
          attribute: { uid: { value: "uid" } },
          ...others,
        });
        const stores = openLdapStores(section, "ldap", { domain: DOMAIN, clock, authorities });
        for (const store of stores) started.use(store);
        return stores;
      },
    });
  });
}

interface Others {
  readonly authorities?: readonly string[];
  readonly clock?: Clock;
  readonly [key: string]: unknown;
}

async function complaint(stores: readonly IdentityStore[], secret: string = READER.password) {
  const [store] = stores;
  const error = await store?.findProfile(userOf("bob")).then(() => undefined, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.ok(!Deno.inspect(error).includes(secret));
  return `${error.kind}: ${error.message}`;
}

test(
  "a certificate must be from a trusted authority",
  {},
  async ({ slapd, stores }) => {
    for (const tls of [true, "starttls"]) {
      const connection = connectionTo(slapd, tls);
      for (const authorities of [[], [UNRELATED_CA]]) {
        assert.match(await complaint(stores(connection, { authorities })), /not trusted here: /);
      }
      const [store] = stores(connection);
      assert.ok(await store?.findProfile(userOf("bob")));
    }
  },
);

test(
  "a certificate has to be for the host that is asked",
  { certificate: ELSEWHERE },
  async ({ slapd, stores }) => {
    for (const tls of [true, "starttls"]) {
      assert.match(
        await complaint(stores(connectionTo(slapd, tls))),
        /is for "mail.example.net", not for /,
      );
    }
  },
);

test("LDAPS and plain LDAP at the wrong port are told", {}, async ({ slapd, stores }) => {
  const { port, securePort } = slapd;
  assert.match(
    await complaint(stores({ port, tls: true })),
    /does not speak TLS|closed|ECONNRESET/,
  );
  assert.match(
    await complaint(stores({ port: securePort, timeout: "2s" })),
    /^misconfigured: ldap: .* speaks TLS, and was sent LDAP without TLS: set connection\.tls to true$/,
  );
});

test(
  "a server that wants TLS says so, and gets it",
  { settings: "security simple_bind=128" },
  async ({ stores }) => {
    assert.match(await complaint(stores()), /^misconfigured: .*\(result code (?:8|13)\)/);
    const [store] = stores({ tls: "starttls" });
    assert.ok(await store?.findProfile(userOf("bob")));
  },
);

test("a wrong password is told without it", {}, async ({ stores }) => {
  const said = await complaint(stores({ bindPassword: "wr0ng-s3cret" }), "wr0ng-s3cret");
  assert.match(said, /^misconfigured: .*password is not accepted: .*\(result code 49\)/);
});

test("an anonymous login reads what everybody may", { anonymous: "read" }, async ({ stores }) => {
  const [store] = stores({ bindDn: "", bindPassword: "" });
  assert.deepEqual((await store?.findProfile(userOf("bob")))?.addresses, BOB.mail);
});

test(
  "an anonymous login that is not allowed is told",
  { settings: "disallow bind_anon" },
  async ({ stores }) => {
    const said = await complaint(stores({ bindDn: "", bindPassword: "" }));
    assert.match(said, /^misconfigured: .*\(result code (?:48|53)\)/);
  },
);

test("a base DN that is not there, or no DN, is misconfigured", {}, async ({ stores }) => {
  const below = (baseDn: string) => complaint(stores({ baseDNs: [baseDn] }));
  assert.match(await below(`ou=none,${FIRST_SUFFIX}`), /^misconfigured: .*\(result code 32\)/);
  assert.match(await below("dc=elsewhere"), /^misconfigured: .*\(result code (?:10|32)\)/);
  assert.match(await below("no DN"), /^misconfigured: .*\(result code 34\)/);
});

const PARTNER = "dc=partner,dc=example";

test("two databases are two domains, below two base DNs or as two directories", {
  domains: [
    { suffix: FIRST_SUFFIX, people: [BOB] },
    { suffix: PARTNER, people: [{ ...BOB, mail: ["bob@partner.example"] }] },
  ],
}, async ({ slapd, stores }) => {
  const all = [...BOB.mail, "bob@partner.example"];
  const [both] = stores({ baseDNs: [FIRST_SUFFIX, PARTNER] });
  assert.deepEqual((await both?.findProfile(userOf("bob")))?.addresses, all);
  const directories = [FIRST_SUFFIX, PARTNER].map((baseDn) => ({
    connection: { ...connectionTo(slapd, false), baseDNs: [baseDn] },
    attribute: { uid: { value: "uid" } },
  }));
  const list = stores({}, { directories });
  assert.deepEqual(list.map(({ name }) => name), ["ldap[0]", "ldap[1]"]);
  const people = joinStores(list, { clock: systemClock });
  assert.deepEqual((await people.findProfile(userOf("bob")))?.addresses, all);
});

test("a filter with the letters of a language finds whom it means", {
  domains: [{ suffix: FIRST_SUFFIX, people: [{ ...BOB, description: "Zoë" }] }],
}, async ({ stores }) => {
  for (
    const filter of ["(description=Zoë)", "(description=Zo\\c3\\ab)", "(description=Z*\\c3\\ab)"]
  ) {
    const [store] = stores({}, { filter });
    assert.ok(await store?.findProfile(userOf("bob")), filter);
  }
  const [store] = stores({}, { filter: "(!(description;lang-de=*))" });
  assert.ok(await store?.findProfile(userOf("bob")));
});

test("a restart keeps the login", {}, async ({ slapd, stores }) => {
  const [store] = stores();
  for (let round = 0; round < 3; round++) {
    assert.ok(await store?.findProfile(userOf("bob")));
    await slapd.down();
    await slapd.up();
  }
  assert.ok(await store?.findProfile(userOf("bob")), "an anonymous login would find nobody");
});

test("a server that stands still has a deadline", {}, async ({ slapd, stores }) => {
  const [store] = stores({ timeout: "300ms" });
  assert.ok(await store?.findProfile(userOf("bob")));
  await slapd.stall();
  try {
    assert.match(await complaint([store].flatMap((one) => one ?? [])), /^temporary: .*300ms/);
  } finally {
    slapd.resume();
  }
  assert.ok(await store?.findProfile(userOf("bob")));
});

test("the next host is asked when the first one is down", {}, async ({ slapd, stores }) => {
  const [store] = stores({ host: [`127.0.0.1:${freePort()}`, `127.0.0.1:${slapd.port}`] });
  assert.ok(await store?.findProfile(userOf("bob")));
});

test("more entries than a person has are a filter that is too wide", {
  domains: [{
    suffix: FIRST_SUFFIX,
    people: Array.from({ length: 60 }, (_, n) => ({ cn: `p${n}`, uid: "bob" })),
  }],
}, async ({ stores }) => {
  assert.match(await complaint(stores()), /^misconfigured: .*filter narrower/);
});
