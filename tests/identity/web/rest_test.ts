import assert from "node:assert/strict";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { openRestStore, restSection } from "../../../src/identity/web/rest.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { PROFILE_PATH, RestBackend } from "../../fakes/identity/web/rest_backend.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");
const TOKEN = "t0ps3cret-token";

function openStore(host: string, settings: object = {}, clock = new ManualClock()): IdentityStore {
  const section = restSection.parse({ enabled: true, host, ...settings });
  return openRestStore(section, { fetch: fetchTrusting(), clock });
}

testIdentityStore({
  name: "rest",
  severalEntries: false, // the backend makes one answer of what it has
  faults: ["down", "stall"],
  open(people, clock) {
    const backend = new RestBackend(DOMAIN);
    backend.expectedHeaders.authorization = `Bearer ${TOKEN}`;
    for (const { localpart, ...person } of people) backend.people.set(localpart, person);
    return Promise.resolve(
      fakeHarness(openStore(backend.url, { bearer: TOKEN }, clock), backend, [TOKEN]),
    );
  },
});

function test(sentence: string, body: (backend: RestBackend) => Promise<void>) {
  Deno.test(`rest: ${sentence}`, async () => {
    await using backend = new RestBackend(DOMAIN);
    backend.people.set("bob", {
      displayName: "Bob",
      addresses: ["b@example.org"],
      roles: ["staff"],
    });
    await body(backend);
  });
}

test("the three endpoints make one profile", async (backend) => {
  assert.deepEqual(
    await openStore(backend.url).findProfile(BOB),
    profileWith({
      addresses: ["b@example.org"],
      displayName: "Bob",
      roles: ["staff"],
      state: "active",
    }),
  );
  assert.deepEqual(backend.lines.sort(), [
    `POST ${PROFILE_PATH}/displayName`,
    `POST ${PROFILE_PATH}/roles`,
    `POST ${PROFILE_PATH}/threepids`,
  ]);
});

test("each endpoint gives its own part, and any of them the language", async (backend) => {
  const all = (n: number) => () =>
    Response.json({
      profile: {
        display_name: `name ${n}`,
        threepids: [{ medium: "email", address: `a${n}@example.org` }, {
          medium: "msisdn",
          address: "1",
        }],
        roles: [`role ${n}`],
        language: n === 3 ? "pt_br" : null,
      },
    });
  backend.scriptedPaths.set("/1", all(1));
  backend.scriptedPaths.set("/2", all(2));
  backend.scriptedPaths.set("/3", all(3));
  const profile = { displayName: "/1", threepids: `${backend.url}/2`, roles: "/3" };
  const store = openStore(`${backend.url}/`, { endpoints: { profile } });
  assert.deepEqual(
    await store.findProfile(BOB),
    profileWith({
      addresses: ["a2@example.org"],
      displayName: "name 1",
      roles: ["role 3"],
      language: "pt-BR",
      state: "active",
    }),
  );
});

test("a disabled endpoint is not queried", async (backend) => {
  const store = openStore(backend.url, { endpoints: { profile: { displayName: "", roles: "" } } });
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["b@example.org"]);
  assert.deepEqual(backend.lines, [`POST ${PROFILE_PATH}/threepids`]);
});

test("an empty profile is a person without known values", async (backend) => {
  for (const body of [{}, { profile: null }, { profile: {} }, { profile: { threepids: null } }]) {
    backend.scriptedPaths.set(`${PROFILE_PATH}/threepids`, () => Response.json(body));
    assert.deepEqual(
      await openStore(backend.url).findProfile(userOf("nobody")),
      profileWith({
        addresses: [],
        roles: [],
        state: "active",
      }),
    );
  }
});

test("a status is temporary or misconfigured", async (backend) => {
  const store = openStore(backend.url);
  const cases: [number, string][] = [
    [204, "misconfigured"],
    [301, "misconfigured"],
    [400, "misconfigured"],
    [401, "misconfigured"],
    [403, "misconfigured"],
    [405, "misconfigured"],
    [408, "temporary"],
    [429, "temporary"],
    [500, "temporary"],
    [502, "temporary"],
    [503, "temporary"],
  ];
  for (const [status, kind] of cases) {
    backend.scriptedPaths.set(
      `${PROFILE_PATH}/threepids`,
      () => new Response(status === 204 ? null : "b@example.org <secret>", { status }),
    );
    await assert.rejects(store.findProfile(BOB), fails(kind, new RegExp(`${status}`)));
  }
});

test("a response of another form is refused, and not quoted", async (backend) => {
  const cases: [string, RegExp][] = [
    ["<html>b@example.org", /not JSON: check that it is the service at \S+$/],
    ["", /not JSON: check that it is the service at \S+$/],
    ["[]", /wrong form: the answer$/],
    ["null", /wrong form: the answer$/],
    [`{"profile":"b@example.org"}`, /wrong form: profile$/],
    [`{"profile":{"threepids":"b@example.org"}}`, /wrong form: profile\.threepids$/],
    [`{"profile":{"roles":{"b@example.org":1}}}`, /profile\.roles$/],
  ];
  const store = openStore(backend.url);
  for (const [body, message] of cases) {
    backend.scriptedPaths.set(`${PROFILE_PATH}/threepids`, () => new Response(body));
    await assert.rejects(store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

test("an endless response is cut off", async (backend) => {
  let pulled = 0;
  backend.scriptedPaths.set(`${PROFILE_PATH}/roles`, () => {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      pulled++;
      controller.enqueue(new Uint8Array(65536).fill(32));
    };
    return new Response(new ReadableStream({ pull }));
  });
  const store = openStore(backend.url);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /larger than 1 MiB/));
  assert.ok(pulled < 1000);
});

test("a response of just under 1 MiB is read", async (backend) => {
  const body = JSON.stringify({ profile: { roles: ["é".repeat(2 ** 19 - 40)] } });
  backend.scriptedPaths.set(`${PROFILE_PATH}/roles`, () => new Response(body));
  const profile = await openStore(backend.url).findProfile(BOB);
  assert.equal(profile?.roles[0]?.length, 2 ** 19 - 40);
});

Deno.test("rest: a response that breaks off is temporary", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    await connection.write(new TextEncoder().encode(answer));
  })();
  const profile = { displayName: "", roles: "" };
  const store = openStore(`http://127.0.0.1:${listener.addr.port}`, { endpoints: { profile } });
  await assert.rejects(store.findProfile(BOB), fails("temporary", /broke off$/));
  await served;
});

test("a redirect to the same origin is followed with its body", async (backend) => {
  backend.scriptedPaths.set("/old", () => {
    return new Response("moved", { status: 308, headers: { location: `${PROFILE_PATH}/roles` } });
  });
  const store = openStore(backend.url, { endpoints: { profile: { roles: "/old" } } });
  assert.deepEqual((await store.findProfile(BOB))?.roles, ["staff"]);
});

test("no other redirect is followed, and nothing is sent there", async (backend) => {
  await using elsewhere = new RestBackend(DOMAIN);
  const store = openStore(backend.url, { bearer: TOKEN });
  const cases: [number, string][] = [
    [307, elsewhere.url],
    [308, `${elsewhere.url}${PROFILE_PATH}/roles`],
    [307, `//127.0.0.1:${new URL(elsewhere.url).port}/`],
    [302, `${PROFILE_PATH}/displayName`],
    [303, "/"],
    [307, "http://[broken"],
    [307, "file:///etc/passwd"],
    [307, `${PROFILE_PATH}/roles`], // round and round
  ];
  for (const [status, location] of cases) {
    backend.scriptedPaths.set(
      `${PROFILE_PATH}/roles`,
      () => new Response("moved", { status, headers: { location } }),
    );
    await assert.rejects(store.findProfile(BOB), fails("misconfigured", /redirects elsewhere/));
  }
  assert.deepEqual(elsewhere.lines, []);
});

test("a lookup may take as long as the configuration says", async (backend) => {
  const clock = new ManualClock();
  const store = openStore(backend.url, { timeout: "2s" }, clock);
  const stalled = backend.stall();
  const lookup = store.findProfile(BOB);
  await stalled.reached;
  clock.advance(2000);
  await assert.rejects(lookup, fails("temporary", /^rest: no answer within 2s$/));
});

test("credentials and header fields are sent with every request", async (backend) => {
  Object.assign(backend.expectedHeaders, {
    authorization: "Basic bXhpc2Q6cMOkc3M6d29yZA==",
    "x-api-key": "k3y",
  });
  const store = openStore(backend.url, {
    basic: { username: "mxisd", password: "päss:word" },
    headers: { "X-Api-Key": "k3y" },
  });
  assert.ok(await store.findProfile(BOB));
  await store.check();
});

test("the check names no person, and reports errors", async (backend) => {
  const store = openStore(backend.url);
  await store.check();
  assert.deepEqual([...new Set(backend.lines.map((request) => request.split(" ")[0]))], [
    "OPTIONS",
  ]);
  const cases: [number, string | undefined][] = [
    [200, undefined],
    [404, undefined],
    [501, undefined],
    [401, "misconfigured"],
    [301, "misconfigured"],
    [503, "temporary"],
  ];
  for (const [status, kind] of cases) {
    backend.scriptedPaths.set(`${PROFILE_PATH}/roles`, () => new Response("x", { status }));
    if (kind === undefined) await store.check();
    else await assert.rejects(store.check(), fails(kind, new RegExp(`${status}`)));
  }
});

Deno.test("rest: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(restSection.parse({}), {
    enabled: false,
    endpoints: { profile: {} },
    timeout: 10_000,
    headers: {},
  });
  assertIssues(restSection, [
    [{ enabled: true }, "host"],
    [{ host: "localhost:8080" }, "host"],
    [{ host: "http://user:secret@localhost" }, "host"],
    [{ endpoints: { profile: { roles: "roles" } } }, "endpoints.profile.roles"],
    [{ endpoints: { profile: { roles: "//evil.example/x" } } }, "endpoints.profile.roles"],
    [{ endpoints: { profile: { roles: "ftp://x/" } } }, "endpoints.profile.roles"],
    [{ endpoints: { profile: { roles: "/x#y" } } }, "endpoints.profile.roles"],
    [{ bearer: "a\r\nb" }, "bearer"],
    [{ bearer: "a", basic: { username: "b", password: "c" } }, "basic"],
    [{ basic: { username: "a:b", password: "c" } }, "basic.username"],
    [{ headers: { "X-Key": "a\nb" } }, "headers.X-Key"],
    [{ headers: { "X Key": "a" } }, "headers.X Key"],
    [{ headers: { "Content-Length": "0" } }, "headers.Content-Length"],
    [{ timeout: "0" }, "timeout"],
    [{ token: "x" }, ""],
  ]);
});

Deno.test("rest: full URLs need no host", () => {
  const url = "https://people.example.org/ask?all=1";
  const profile = { displayName: url, threepids: url, roles: "" };
  assert.ok(restSection.safeParse({ enabled: true, endpoints: { profile } }).success);
});

const MA1SD = "/_ma1sd/backend/api/v1/profile";

Deno.test("rest: a service written for ma1sd is found at its own paths, which are then used alone", async () => {
  await using backend = new RestBackend(DOMAIN, MA1SD);
  backend.people.set("bob", { displayName: "Bob", addresses: ["b@example.org"] });
  await using store = openStore(backend.url);
  await store.check();
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
  assert.equal((await store.findProfile(BOB))?.displayName, "Bob");
  backend.lines.length = 0;
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
  await store.check();
  assert.deepEqual(backend.lines.filter((line) => !line.includes(` ${MA1SD}/`)), []);
  assert.equal(backend.lines.length, 6);
});

test("mxisd's paths are used alone as soon as one has answered", async (backend) => {
  await using store = openStore(backend.url);
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
  assert.ok(backend.lines.some((line) => line.includes("/_ma1sd/")));
  assert.ok(await store.findProfile(BOB));
  backend.lines.length = 0;
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
  assert.equal(backend.lines.filter((line) => line.includes("/_ma1sd/")).length, 0);
});

test("only endpoints that are not configured have other paths", async (backend) => {
  const path = (part: string) => `${PROFILE_PATH}/${part}`;
  await using store = openStore(backend.url, {
    endpoints: {
      profile: { displayName: path("displayName"), threepids: path("threepids"), roles: "" },
    },
  });
  assert.equal(await store.findProfile(userOf("mallory")), undefined);
  assert.equal(backend.lines.length, 2);
});

// What services answer at paths that they do not have.
for (const status of [400, 401, 403, 405, 410, 418] as const) {
  test(`a status ${status} at ma1sd's paths means that they do not exist`, async (backend) => {
    for (const part of ["displayName", "threepids", "roles"]) {
      const response = () => new Response("<html>", { status });
      backend.scriptedPaths.set(`${MA1SD}/${part}`, response);
    }
    assert.equal(await openStore(backend.url).findProfile(userOf("mallory")), undefined);
  });
}

test("a page instead of JSON at ma1sd's paths means that they do not exist", async (backend) => {
  for (const part of ["displayName", "threepids", "roles"]) {
    backend.scriptedPaths.set(`${MA1SD}/${part}`, () => new Response("<html>"));
  }
  assert.equal(await openStore(backend.url).findProfile(userOf("mallory")), undefined);
});

Deno.test("rest: a service that is down at ma1sd's paths is not one without the user", async () => {
  await using backend = new RestBackend(DOMAIN, MA1SD);
  for (const part of ["displayName", "threepids", "roles"]) {
    backend.scriptedPaths.set(`${MA1SD}/${part}`, () => new Response(null, { status: 503 }));
  }
  const matches = fails("temporary", /status 503/);
  await assert.rejects(openStore(backend.url).findProfile(BOB), matches);
  backend.scriptedPaths.clear();
  backend.people.set("bob", { displayName: "Bob" });
  assert.equal((await openStore(backend.url).findProfile(BOB))?.displayName, "Bob");
});
