import assert from "node:assert/strict";
import {
  openSynapseAdminStore,
  synapseAdminSection,
} from "../../../src/identity/web/synapse_admin.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import type { MatrixUser } from "../servers/matrix_user.ts";
import { startSynapse, type Synapse } from "../servers/synapse.ts";
import { changeAccount, registerAdmin, replaceAccounts } from "../servers/synapse_accounts.ts";

const BOB = { localpart: "bob", addresses: ["bob@example.org"] };

let synapse: Synapse;
let admin: MatrixUser;

Deno.test.beforeAll(async () => {
  synapse = await startSynapse({ domain: DOMAIN, registrations: [], uncached: true });
  admin = await registerAdmin(synapse);
});

Deno.test.afterAll(async () => await synapse[Symbol.asyncDispose]());

function openStore({ url }: Synapse, token: string, clock = new ManualClock()) {
  const section = synapseAdminSection.parse({ enabled: true, url, token });
  return openSynapseAdminStore(section, { fetch, clock, domain: DOMAIN });
}

testIdentityStore({
  name: "synapseAdmin (Synapse)",
  severalEntries: false,
  faults: [],
  open(people, clock) {
    replaceAccounts(synapse, people, admin);
    const store = openStore(synapse, admin.accessToken, clock);
    return Promise.resolve({
      store,
      secrets: [admin.accessToken],
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    });
  },
});

Deno.test("synapseAdmin (Synapse): deactivated and locked accounts are recognised", async () => {
  const cases = [
    ["deactivated = 1", "deactivated"],
    ["locked = TRUE", "locked"],
    ["suspended = TRUE", "locked"],
    ["is_guest = 1", "locked"],
    ["appservice_id = 'irc'", "locked"],
    ["admin = 1", "active"],
  ] as const;
  const store = openStore(synapse, admin.accessToken);
  for (const [columns, state] of cases) {
    replaceAccounts(synapse, [BOB], admin);
    changeAccount(synapse, "bob", columns);
    assert.equal((await store.findProfile(userOf("bob")))?.state, state, columns);
  }
});

Deno.test("synapseAdmin (Synapse): a user who has just registered is found", async () => {
  const user = await synapse.register("newcomer");
  await user.setDisplayName("New Comer");
  const profile = await openStore(synapse, admin.accessToken).findProfile(userOf("newcomer"));
  assert.deepEqual(
    profile,
    profileWith({
      id: user.id,
      addresses: [],
      displayName: "New Comer",
      roles: [],
      state: "active",
      account: { exists: true, ...profile?.account },
    }),
  );
});

Deno.test("synapseAdmin (Synapse): a token without rights, and an invalid one, say what to do", async () => {
  const user = await synapse.register("nobody-special");
  const weak = openStore(synapse, user.accessToken);
  await assert.rejects(weak.check(), fails("misconfigured", /is not a server administrator/));
  await assert.rejects(weak.findProfile(userOf("bob")), fails("misconfigured", /status 403/));
  const wrong = openStore(synapse, "syt_wr0ng");
  await assert.rejects(wrong.check(), fails("misconfigured", /the access token is not accepted/));
});

Deno.test("synapseAdmin (Synapse): another homeserver's name, and another URL, are reported", async () => {
  const section = synapseAdminSection.parse({ url: synapse.url, token: admin.accessToken });
  const clock = new ManualClock();
  const other = openSynapseAdminStore(section, { fetch, clock, domain: "example.net" });
  await assert.rejects(other.check(), fails("misconfigured", /status 400/));
  const elsewhere = openStore({ ...synapse, url: `${synapse.url}/path` }, admin.accessToken);
  await assert.rejects(elsewhere.check(), fails("misconfigured", /no admin API at this URL/));
});

Deno.test("synapseAdmin (Synapse): a server that is down fails lookups, and recovers", async () => {
  await using own = await startSynapse({ domain: DOMAIN, registrations: [] });
  const { accessToken } = await registerAdmin(own);
  await own.register("bob");
  const store = openStore(own, accessToken);
  assert.ok(await store.findProfile(userOf("bob")));
  await own.down();
  await assert.rejects(store.findProfile(userOf("bob")), fails("temporary", /no connection/));
  await assert.rejects(store.check(), fails("temporary", /no connection/));
  await own.up();
  assert.ok(await store.findProfile(userOf("bob")));
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
});
