import assert from "node:assert/strict";
import { ldapSection } from "../../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../../src/identity/ldap/store.ts";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { CA } from "../../fakes/net/certificates.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import {
  ADMINISTRATOR,
  type Domain,
  type DomainController,
  makeDomain,
  ROOT,
} from "../servers/samba.ts";

let domain: Domain;
let units = 0;

Deno.test.beforeAll(async () => {
  domain = await makeDomain();
});

Deno.test.afterAll(async () => await domain[Symbol.asyncDispose]());

const ENABLED = "544"; // a normal account that needs no password
const DISABLED = "546";

const CONNECTION = {
  host: "127.0.0.1",
  port: 636,
  tls: true,
  bindDn: ADMINISTRATOR.dn,
  bindPassword: ADMINISTRATOR.password,
  baseDNs: [ROOT],
};

function openStore(settings: object, clock = new ManualClock(Date.now())): IdentityStore {
  const section = ldapSection.parse({ enabled: true, connection: CONNECTION, ...settings });
  const [store] = openLdapStores(section, "ldap", { domain: DOMAIN, clock, authorities: [CA] });
  assert.ok(store);
  return store;
}

/** An organizational unit of its own, with these people in it. */
async function unitOf(controller: DomainController, people: readonly object[]): Promise<string> {
  const unit = `OU=unit${++units},${ROOT}`;
  await controller.add({ [unit]: { objectClass: "organizationalUnit" } });
  for (const [index, person] of people.entries()) {
    await controller.add({
      [`CN=p${index},${unit}`]: {
        objectClass: "user",
        sAMAccountName: `u${units}p${index}`,
        userAccountControl: ENABLED,
        ...person,
      },
    });
  }
  return unit;
}

testIdentityStore({
  name: "ldap (Active Directory)",
  severalEntries: false, // their order is the directory's own
  faults: ["down"],
  async open(people, clock) {
    await using started = new AsyncDisposableStack();
    const controller = started.use(await domain.start());
    const unit = await unitOf(
      controller,
      people.map(({ localpart, addresses, displayName }: Person) => ({
        // Unlike sAMAccountName it takes any characters.
        uid: localpart,
        // Values have an order of their own, and cannot be empty.
        otherMailbox: addresses.slice(1).filter((address) => address !== ""),
        ...(addresses[0] ? { mail: addresses[0] } : {}),
        ...(displayName === undefined ? {} : { displayName }),
      })),
    );
    const connection = { ...CONNECTION, baseDNs: [unit] };
    const attribute = { uid: { value: "uid" } };
    const store = started.use(openStore({ connection, attribute }, clock));
    const owned = started.move();
    return {
      store,
      secrets: [ADMINISTRATOR.password],
      down: () => controller.down(),
      up: () => controller.up(),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});

Deno.test("Active Directory: people are found from the root, by the defaults", async () => {
  await using controller = await domain.start();
  const suffix = crypto.randomUUID().slice(0, 8);
  await unitOf(controller, [{
    sAMAccountName: `Bob.${suffix}`,
    displayName: "Bob Builder",
    mail: "bob@example.org",
    otherMailbox: "robert@example.com",
    preferredLanguage: "de-AT, en;q=0.5",
    jpegPhoto: "x".repeat(500),
  }]);
  await using store = openStore({});
  assert.deepEqual(
    await store.findProfile(userOf(`bob.${suffix}`)),
    profileWith({
      id: `@Bob.${suffix}:${DOMAIN}`,
      addresses: ["bob@example.org", "robert@example.com"],
      displayName: "Bob Builder",
      language: "de-AT",
    }),
  );
  assert.equal(await store.findProfile(userOf(`bób.${suffix}`)), undefined, "accents count");
  assert.equal(await store.findProfile(userOf("nobody.here")), undefined);
  await store.check();
});

Deno.test("Active Directory: a disabled account is deactivated, an expired one locked", async () => {
  await using controller = await domain.start();
  const expired = String((BigInt(Date.UTC(2020, 0)) + 11_644_473_600_000n) * 10_000n);
  const unit = await unitOf(controller, [
    { uid: "off", userAccountControl: DISABLED },
    { uid: "expired", accountExpires: expired },
    { uid: "never", accountExpires: "9223372036854775807" },
  ]);
  await using store = openStore({
    connection: { ...CONNECTION, baseDNs: [unit] },
    attribute: { uid: { value: "uid" } },
  });
  const states = await Promise.all(
    ["off", "expired", "never"].map(async (name) => (await store.findProfile(userOf(name)))?.state),
  );
  assert.deepEqual(states, ["deactivated", "locked", "active"]);
});

Deno.test("Active Directory: the in-chain rule finds members of groups in the group", async () => {
  await using controller = await domain.start();
  const unit = await unitOf(controller, [{ uid: "direct" }, { uid: "nested" }, { uid: "outside" }]);
  await controller.add({
    [`CN=inner,${unit}`]: { objectClass: "group", member: `CN=p1,${unit}` },
    [`CN=outer,${unit}`]: { objectClass: "group", member: [`CN=p0,${unit}`, `CN=inner,${unit}`] },
  });
  const found = async (filter: string) => {
    await using store = openStore({ filter, attribute: { uid: { value: "uid" } } });
    const names = ["direct", "nested", "outside"];
    const profiles = await Promise.all(names.map((name) => store.findProfile(userOf(name))));
    return names.filter((_name, index) => profiles[index] !== undefined);
  };
  assert.deepEqual(await found(`(memberOf=CN=outer,${unit})`), ["direct"]);
  assert.deepEqual(
    await found(`(memberOf:1.2.840.113556.1.4.1941:=CN=outer,${unit})`),
    ["direct", "nested"],
  );
});

Deno.test("Active Directory: names that are no DN may log in", async () => {
  await using _controller = await domain.start();
  for (const bindDn of ["EXAMPLE\\Administrator", "Administrator@example.lan"]) {
    await using store = openStore({ connection: { ...CONNECTION, bindDn } });
    await store.check();
  }
});

async function complaint(connection: object): Promise<StoreError> {
  await using store = openStore({ connection: { ...CONNECTION, ...connection } });
  try {
    await store.findProfile(userOf("bob"));
  } catch (error) {
    assert.ok(error instanceof StoreError);
    assert.ok(!Deno.inspect(error).includes(ADMINISTRATOR.password));
    return error;
  }
  throw new Error("nothing was complained of");
}

Deno.test("Active Directory: each refusal says what to do", async () => {
  await using _controller = await domain.start();
  const plain = await complaint({ port: 389, tls: false });
  assert.equal(plain.kind, "misconfigured");
  assert.match(plain.message, /login without TLS is not allowed: .*\(result code 8\)/);
  const password = await complaint({ bindPassword: "wr0ng-password" });
  assert.equal(password.kind, "misconfigured");
  assert.match(
    password.message,
    /password is not accepted: correct .*bindPassword \(result code 49\)/,
  );
  assert.ok(!Deno.inspect(password).includes("wr0ng-password"));
  const anonymous = await complaint({ bindDn: "", bindPassword: undefined });
  assert.equal(anonymous.kind, "misconfigured");
  assert.match(anonymous.message, /set bindDn and bindPassword \(result code 1\)/);
  const base = await complaint({ baseDNs: [`OU=none,${ROOT}`] });
  assert.match(base.message, /base DN does not exist or .* \(result code 32\)/);
  const elsewhere = await complaint({ baseDNs: ["DC=other,DC=lan"] });
  assert.match(elsewhere.message, /\(result code (?:10|32)\)/);
});
