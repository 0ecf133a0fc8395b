import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { NEVER } from "../../../src/identity/knowledge.ts";
import { openClientKnowledge } from "../../../src/identity/web/client_knowledge.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { testKnowledge } from "../../contracts/knowledge.ts";
import { fails } from "../../contracts/store_error.ts";
import { AS_TOKEN, clientApi, type ClientUser } from "../../fakes/identity/web/client_api.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

const BOB = userOf("bob");

function open(url: string, clock = new ManualClock(), token = AS_TOKEN) {
  return openClientKnowledge({ url, asToken: new Secret(token), fetch, clock });
}

testKnowledge({
  name: "the client API",
  // deno-lint-ignore require-await -- the contract has it so
  async open({ localpart, accountData }) {
    const devices = [{ device_id: "A", last_seen_ts: Date.now() }];
    const service = clientApi([{ id: `@${localpart}:${DOMAIN}`, accountData, devices }]);
    const source = openClientKnowledge({
      ...{ url: service.url, asToken: new Secret(AS_TOKEN), fetch, clock: systemClock },
    });
    const since = Date.now() - 1000;
    return { source, since, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
  },
});

async function askAbout(user: Partial<ClientUser>) {
  const clock = new ManualClock();
  await using service = clientApi([{ id: BOB, ...user }]);
  const known = await open(service.url, clock).find(BOB, { activity: true });
  return { known, now: clock.now(), lines: service.lines };
}

const BARRED = [
  ["M_USER_LOCKED", "locked"],
  ["M_USER_SUSPENDED", "suspended"],
  ["M_USER_DEACTIVATED", "deactivated"],
  ["M_FORBIDDEN", undefined],
] as const;
for (const [errcode, barred] of BARRED) {
  Deno.test(`the client API: ${errcode} is about the person, not a failure`, async () => {
    assert.equal((await askAbout({ errcode })).known.barred, barred);
  });
}

Deno.test("the client API: an ID that the homeserver does not accept is no failure", async () => {
  await using service = clientApi([]);
  service.scripted = () => matrix(400, "M_INVALID_PARAM");
  assert.equal((await open(service.url).find(BOB)).barred, undefined);
});

type Activity = readonly [name: string, user: Partial<ClientUser>, ago: number | "never"];
const ACTIVITY: readonly Activity[] = [
  ["the latest counts", { presence: { last_active_ago: 9000 }, devices: [] }, 9000],
  ["somebody is there now", { presence: { currently_active: true, last_active_ago: 500 } }, 0],
  ["presence is switched off", { presence: { presence: "offline" } }, "never"],
  ["values of another form", {
    presence: { last_active_ago: "9000", currently_active: 1 },
    devices: [{ last_seen_ts: "now" }, { last_seen_ts: null }, {}],
  }, "never"],
];
for (const [name, user, ago] of ACTIVITY) {
  Deno.test(`the client API: when a client was used: ${name}`, async () => {
    const { known, now } = await askAbout(user);
    assert.equal(known.lastActive, ago === "never" ? NEVER : now - ago);
  });
}

Deno.test("the client API: a device may have been seen after the presence changed", async () => {
  const clock = new ManualClock();
  const devices = [{ last_seen_ts: clock.now() - 7000 }, { last_seen_ts: clock.now() - 3000 }];
  await using service = clientApi([{ id: BOB, presence: { last_active_ago: 9000 }, devices }]);
  const known = await open(`${service.url}/`, clock).find(BOB, { activity: true });
  assert.equal(known.lastActive, clock.now() - 3000);
});

Deno.test("the client API: only what is needed is asked for", async () => {
  const accountData = { "m.invite_permission_config": {} };
  await using service = clientApi([{ id: BOB, accountData }]);
  await open(service.url).find(BOB);
  const path = `GET /_matrix/client/v3/user/${encodeURIComponent(BOB)}/account_data`;
  assert.deepEqual(service.lines.toSorted(), [
    `${path}/m.ignored_user_list`,
    `${path}/m.invite_permission_config`,
  ]);
});

Deno.test("the client API: activity that is not told does not cost the rest", async () => {
  const accountData = { "m.ignored_user_list": { ignored_users: { "@mallory:x": {} } } };
  await using service = clientApi([{ id: BOB, accountData }]);
  service.scripted = ({ line, query }) => {
    assert.deepEqual(query, { user_id: BOB });
    if (/presence|devices/.test(line)) return new Response("", { status: 500 });
    if (line.endsWith("m.ignored_user_list")) {
      return Response.json(accountData["m.ignored_user_list"]);
    }
    return Response.json({ errcode: "M_NOT_FOUND" }, { status: 404 });
  };
  const known = await open(service.url).find(BOB, { activity: true });
  assert.deepEqual([known.lastActive, [...known.invites.ignored]], [undefined, ["@mallory:x"]]);
});

const FAILURES: readonly [name: string, response: () => Response, kind: string, text: RegExp][] = [
  ["a token that is not known", () => matrix(401, "M_UNKNOWN_TOKEN"), "misconfigured", /as_token/],
  ["a web server", () => new Response("<html>", { status: 404 }), "misconfigured", /toHS\.url/],
  ["a proxy", () => new Response("", { status: 502 }), "temporary", /status 502/],
  ["a limit", () => matrix(429, "M_LIMIT_EXCEEDED"), "temporary", /status 429/],
  ["an error", () => matrix(500, "M_UNKNOWN"), "temporary", /status 500/],
  ["no JSON", () => new Response("hello"), "misconfigured", /not JSON/],
  ["a list", () => Response.json([]), "misconfigured", /wrong form/],
];
for (const [name, response, kind, text] of FAILURES) {
  Deno.test(`the client API: ${name} is a failure, not "nothing is known"`, async () => {
    await using service = clientApi([]);
    service.scripted = response;
    await assert.rejects(
      open(service.url).find(BOB),
      fails(kind as "temporary" | "misconfigured", text),
    );
  });
}

Deno.test("the client API: IDs of any kind stay in their place", async () => {
  await using service = clientApi([]);
  for (const id of ["@a/../b:x", "@a?user_id=@b:x", "@a#:x", "@a%2F:x", "@ä\r\n:x"]) {
    const known = await open(service.url).find(id as UserId, { activity: true });
    assert.equal(known.barred, undefined);
  }
  for (const line of service.lines) {
    assert.match(line, /^GET \/_matrix\/client\/v3\/(?:user|presence|devices)/);
  }
});

function matrix(status: number, errcode: string): Response {
  return Response.json({ errcode }, { status });
}
