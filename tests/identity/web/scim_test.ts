import assert from "node:assert/strict";
import { openScimStore, scimSection } from "../../../src/identity/web/scim.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { listResponse, SCIM_TOKEN, scimService } from "../../fakes/identity/web/scim_service.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");

function openStore(service: WebService, settings: object = {}, clock = new ManualClock()) {
  const url = `${service.url}/scim/v2/`;
  const section = scimSection.parse({ enabled: true, url, bearer: SCIM_TOKEN, ...settings });
  return openScimStore(section, { fetch: fetchTrusting(), clock });
}

testIdentityStore({
  name: "scim",
  severalEntries: false, // a userName is unique (RFC 7643, section 4.1.1)
  faults: ["down", "stall"],
  open(people, clock) {
    const service = scimService(people.map(({ localpart, addresses, displayName }) => ({
      userName: localpart,
      emails: addresses.map((value) => ({ value })),
      ...(displayName === undefined ? {} : { displayName }),
    })));
    return Promise.resolve(fakeHarness(openStore(service, {}, clock), service, [SCIM_TOKEN]));
  },
});

async function profileOf(user: object, localpart = "bob") {
  await using service = scimService([{ userName: "bob", ...user }]);
  return await openStore(service).findProfile(userOf(localpart));
}

Deno.test("scim: a user of RFC 7643 with all fields becomes a profile", async () => {
  const profile = await profileOf({
    displayName: "Bob Builder",
    name: { formatted: "Mr. Bob Builder", givenName: "Bob", familyName: "Builder" },
    emails: [
      { value: "home@example.com", type: "home" },
      { value: "bob@example.org", type: "work", primary: true },
    ],
    active: true,
    roles: [{ value: "staff", display: "Staff" }, "plain"],
    groups: [{ value: "e9e30dba", display: "Tour Guides" }, { value: "fc348aa8" }],
    preferredLanguage: "de-at, en;q=0.8",
    timezone: "America/Los_Angeles",
  });
  assert.deepEqual(
    profile,
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "home@example.com"],
      displayName: "Bob Builder",
      language: "de-AT",
      timeZone: "America/Los_Angeles",
      roles: ["Staff", "plain", "Tour Guides", "fc348aa8"],
      state: "active",
    }),
  );
});

Deno.test("scim: the language is the preferred one, otherwise that of the locale", async () => {
  const language = async (user: object) => (await profileOf(user))?.language;
  assert.equal(await language({ preferredLanguage: "en;q=0.3, pl", locale: "fr" }), "pl");
  assert.equal(await language({ preferredLanguage: "*", locale: "fr-FR" }), "fr-FR");
  assert.equal(await language({ locale: "fr_FR" }), "fr-FR");
});

Deno.test("scim: a missing name is built from its parts", async () => {
  const name = { givenName: "Bob", familyName: "Builder" };
  assert.equal((await profileOf({ name }))?.displayName, "Bob Builder");
  const formatted = { ...name, formatted: "Dr. Bob" };
  assert.equal((await profileOf({ displayName: " ", name: formatted }))?.displayName, "Dr. Bob");
});

Deno.test("scim: a user who is not active is deactivated, also if booleans are text", async () => {
  for (
    const [active, state] of [[false, "deactivated"], ["False", "deactivated"], [
      "True",
      "active",
    ], [null, "active"]]
  ) {
    assert.equal((await profileOf({ active }))?.state, state);
  }
});

Deno.test("scim: a name in another case matches only a user without upper case", async () => {
  const user = { userName: "Bob", emails: [{ value: "b@example.org" }] };
  assert.deepEqual((await profileOf(user))?.addresses, ["b@example.org"]);
  assert.equal((await profileOf(user))?.id, undefined);
  assert.equal((await profileOf(user, "Bob"))?.id, userOf("Bob"));
  assert.equal(await profileOf(user, "BOB"), undefined);
});

Deno.test("scim: people may have another userName", async () => {
  await using service = scimService([{ userName: "Bob@Corp.Example", displayName: "Bob" }]);
  const store = openStore(service, { userName: "{localpart}@corp.example" });
  assert.equal((await store.findProfile(BOB))?.displayName, "Bob");
  assert.equal(await store.findProfile(userOf("bob@corp.example")), undefined);
});

Deno.test("scim: two users with one name are refused", async () => {
  await using service = scimService([{ userName: "Bob" }, { userName: "bOB" }]);
  await assert.rejects(
    openStore(service).findProfile(BOB),
    fails("misconfigured", /it has 2 users of one name$/),
  );
});

Deno.test("scim: a service that ignores the filter is refused", async () => {
  await using service = new WebService(() => {
    return listResponse([{ userName: "alice" }, { userName: "bob" }]);
  });
  const store = openStore(service);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /other people/));
  await assert.rejects(store.check(), fails("misconfigured", /check that it supports filters$/));
});

Deno.test("scim: a status is temporary or misconfigured, and never means no such user", async () => {
  await using service = scimService([]);
  const store = openStore(service);
  const cases: [number, string][] = [
    [204, "misconfigured"],
    [301, "misconfigured"],
    [400, "misconfigured"],
    [401, "misconfigured"],
    [403, "misconfigured"],
    [404, "misconfigured"],
    [429, "temporary"],
    [500, "temporary"],
    [503, "temporary"],
  ];
  for (const [status, kind] of cases) {
    service.scripted = () => new Response(null, { status });
    await assert.rejects(store.findProfile(BOB), fails(kind, new RegExp(`${status}`)));
    await assert.rejects(store.check(), fails(kind, new RegExp(`${status}`)));
  }
});

Deno.test("scim: a response of another form is refused, and not quoted", async () => {
  await using service = scimService([]);
  const store = openStore(service);
  const resource = (user: unknown) => JSON.stringify({ totalResults: 1, Resources: [user] });
  const cases: [string, RegExp][] = [
    ["<b@example.org>", /not JSON: check that it is the service at \S+$/],
    ["[]", /wrong form: the answer$/],
    ["{}", /wrong form: totalResults$/],
    [resource({ displayName: "b@example.org" }), /Resources\.0\.userName$/],
    [resource({ userName: "bob", emails: "b@example.org" }), /Resources\.0\.emails$/],
    [resource({ userName: "bob", active: "b@example.org" }), /active$/],
  ];
  for (const [body, message] of cases) {
    service.scripted = () => new Response(body);
    await assert.rejects(store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("scim: a listener receives the query, without the token", async () => {
  await using service = scimService([]);
  const queries: string[] = [];
  await openStore(service).findProfile(BOB, { onQuery: (query) => queries.push(query) });
  const [query = ""] = queries;
  assert.equal(queries.length, 1);
  assert.ok(query.startsWith(`GET ${service.url}/scim/v2/Users?filter=userName+eq+%22bob%22&`));
  assert.ok(!query.includes(SCIM_TOKEN));
});

Deno.test("scim: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(scimSection.parse({}), {
    enabled: false,
    userName: "{localpart}",
    timeout: 10_000,
    headers: {},
  });
  const url = "https://idp.example.org/scim/v2";
  assertIssues(scimSection, [
    [{ enabled: true }, "url"],
    [{ url: "idp.example.org" }, "url"],
    [{ url, userName: "bob" }, "userName"],
    [{ url, bearer: "a", basic: { username: "b", password: "c" } }, "basic"],
    [{ url, timeout: "0" }, "timeout"],
    [{ url, token: "x" }, ""],
  ]);
});
