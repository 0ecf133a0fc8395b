import assert from "node:assert/strict";
import {
  openSynapseAdminStore,
  synapseAdminSection,
} from "../../../src/identity/web/synapse_admin.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import {
  ADMIN_TOKEN,
  emailThreepid,
  matrixError,
  type SynapseAccount,
  synapseAdminService,
} from "../../fakes/identity/web/synapse_admin_service.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import type { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");
const CHECK = "GET /_synapse/admin/v2/users/%40appservice-mxisd-check%3Aexample.org";

function openStore(service: WebService, settings: object = {}, clock = new ManualClock()) {
  const section = synapseAdminSection.parse({
    enabled: true,
    url: `${service.url}/`,
    token: ADMIN_TOKEN,
    ...settings,
  });
  return openSynapseAdminStore(section, { fetch: fetchTrusting(), clock, domain: DOMAIN });
}

testIdentityStore({
  name: "synapseAdmin",
  severalEntries: false, // a user ID is unique
  faults: ["down", "stall"],
  open(people, clock) {
    const service = synapseAdminService(people.map(({ localpart, addresses, displayName }) => ({
      name: userOf(localpart),
      threepids: addresses.map(emailThreepid),
      ...(displayName === undefined ? {} : { displayname: displayName }),
    })));
    return Promise.resolve(fakeHarness(openStore(service, {}, clock), service, [ADMIN_TOKEN]));
  },
});

async function profileOf(account: Partial<SynapseAccount>) {
  await using service = synapseAdminService([{ name: BOB, ...account }]);
  return await openStore(service).findProfile(BOB);
}

Deno.test("synapseAdmin: an account with all fields becomes a profile", async () => {
  const msisdn = { medium: "msisdn", address: "491700000000", validated_at: 1, added_at: 1 };
  const profile = await profileOf({
    displayname: "Bob Builder",
    threepids: [emailThreepid("bob@example.org"), msisdn, emailThreepid("robert@example.com")],
    last_seen_ts: 1_767_225_600_000,
  });
  assert.deepEqual(
    profile,
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "robert@example.com"],
      displayName: "Bob Builder",
      roles: [],
      state: "active",
      account: { exists: true, lastSeen: 1_767_225_600_000 },
    }),
  );
});

Deno.test("synapseAdmin: an account without activity has no time of it", async () => {
  for (const last_seen_ts of [0, null, undefined]) {
    assert.deepEqual((await profileOf({ last_seen_ts }))?.account, {
      exists: true,
      lastSeen: undefined,
    });
  }
});

Deno.test("synapseAdmin: deactivated and locked accounts are recognised, in old versions too", async () => {
  const cases: [object, string][] = [
    [{ deactivated: true, locked: true }, "deactivated"],
    [{ deactivated: 1 }, "deactivated"],
    [{ locked: true }, "locked"],
    [{ suspended: true }, "locked"],
    [{ is_guest: 1 }, "locked"],
    [{ appservice_id: "irc" }, "locked"],
    [{ deactivated: 0, locked: undefined, suspended: undefined, is_guest: 0 }, "active"],
    [{ shadow_banned: true, admin: true }, "active"],
  ];
  for (const [account, state] of cases) {
    assert.equal((await profileOf(account))?.state, state, JSON.stringify(account));
  }
});

Deno.test("synapseAdmin: an invalid token, and one without rights, say what to do", async () => {
  await using service = synapseAdminService([]);
  await assert.rejects(
    openStore(service, { token: "wr0ng-s3cret" }).check(),
    (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("wr0ng"));
      return fails("misconfigured", /: the access token is not accepted \(status 401\)$/)(error);
    },
  );
  service.scripted = () => matrixError(403, "M_FORBIDDEN");
  const denied = fails("misconfigured", /user is not a server administrator \(status 403\)$/);
  await assert.rejects(openStore(service).check(), denied);
  await assert.rejects(openStore(service).findProfile(BOB), denied);
});

Deno.test("synapseAdmin: a 404 that is not about the user never means no such user", async () => {
  await using service = synapseAdminService([]);
  const store = openStore(service);
  const unrelated = [
    () => matrixError(404, "M_UNRECOGNIZED"),
    () => new Response("<h1>Not Found</h1>", { status: 404 }),
    () => Response.json({ error: "M_NOT_FOUND" }, { status: 404 }),
    () => new Response(null, { status: 404 }),
  ];
  for (const answer of unrelated) {
    service.scripted = answer;
    const noApi = fails("misconfigured", /there is no admin API at this URL \(status 404\)$/);
    await assert.rejects(store.findProfile(BOB), noApi);
    await assert.rejects(store.check(), noApi);
  }
});

Deno.test("synapseAdmin: another homeserver is reported", async () => {
  await using service = synapseAdminService([]);
  const section = synapseAdminSection.parse({ url: service.url, token: ADMIN_TOKEN });
  const clock = new ManualClock();
  const store = openSynapseAdminStore(section, {
    fetch: fetchTrusting(),
    clock,
    domain: "example.net",
  });
  await assert.rejects(store.check(), fails("misconfigured", /: check url \(status 400\)$/));
});

Deno.test("synapseAdmin: any other status is temporary or misconfigured", async () => {
  await using service = synapseAdminService([]);
  const store = openStore(service);
  const cases: [number, string][] = [
    [204, "misconfigured"],
    [301, "misconfigured"],
    [405, "misconfigured"],
    [429, "temporary"],
    [500, "temporary"],
    [502, "temporary"],
    [503, "temporary"],
  ];
  for (const [status, kind] of cases) {
    service.scripted = () => new Response(null, { status });
    await assert.rejects(store.findProfile(BOB), fails(kind, new RegExp(`${status}`)));
    await assert.rejects(store.check(), fails(kind, new RegExp(`${status}`)));
  }
});

Deno.test("synapseAdmin: a response of another form is refused, and not quoted", async () => {
  await using service = synapseAdminService([]);
  const store = openStore(service);
  const name = BOB;
  const cases: [string, RegExp][] = [
    ["<b@example.org>", /not JSON: check that it is the service at \S+$/],
    ["[]", /wrong form: the answer$/],
    [JSON.stringify({ name }), /wrong form: threepids$/],
    [JSON.stringify({ name, threepids: "b@example.org" }), /threepids$/],
    [JSON.stringify({ name, threepids: [], locked: "b@example.org" }), /locked$/],
    [JSON.stringify({ name: userOf("alice"), threepids: [] }), /another user/],
    [`"${"b@example.org ".repeat(2 ** 17)}"`, /larger than 1 MiB$/],
  ];
  for (const [body, message] of cases) {
    service.scripted = () => new Response(body);
    await assert.rejects(store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("synapseAdmin: a listener receives the query, without the token", async () => {
  await using service = synapseAdminService([]);
  const queries: string[] = [];
  await openStore(service).check({ onQuery: (query) => queries.push(query) });
  assert.deepEqual(queries, [CHECK.replace("GET ", `GET ${service.url}`)]);
  assert.deepEqual(service.lines, [CHECK]);
});

Deno.test("synapseAdmin: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(synapseAdminSection.parse({}), { enabled: false, timeout: 10_000 });
  const right = { enabled: true, url: "http://localhost:8008", token: "t" };
  assert.ok(synapseAdminSection.safeParse(right).success);
  assertIssues(synapseAdminSection, [
    [{ url: undefined }, "url"],
    [{ url: "localhost:8008" }, "url"],
    [{ token: undefined }, "token"],
    [{ token: "" }, "token"],
    [{ token: "a\nb" }, "token"],
    [{ timeout: "0" }, "timeout"],
    [{ accessToken: "x" }, ""],
  ], right);
});
