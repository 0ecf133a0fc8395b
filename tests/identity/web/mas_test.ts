import assert from "node:assert/strict";
import { masSection } from "../../../src/identity/web/mas.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { CLIENT_SECRET, MasService, problem } from "../../fakes/identity/web/mas_service.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";
import { EMAILS, openMas, openStore, TOKEN, USER } from "./open_mas.ts";

const BOB = userOf("bob");

testIdentityStore({
  name: "mas",
  severalEntries: false, // a username is unique
  hasNoNames: true,
  faults: ["down", "stall"],
  open(people, clock) {
    const mas = new MasService(people.map(({ localpart, addresses }) => ({
      username: localpart,
      emails: addresses,
    })));
    const service = new WebService(mas.handle);
    return Promise.resolve(
      fakeHarness(openStore(service, clock), service, [CLIENT_SECRET, "mat_1"]),
    );
  },
});

Deno.test("mas: a user becomes a profile", async () => {
  const emails = ["bob@example.org", "robert@example.com"];
  await using made = openMas([{ username: "bob", emails }]);
  assert.deepEqual(
    await made.store.findProfile(BOB),
    profileWith({
      id: BOB,
      addresses: emails,
      roles: [],
      state: "active",
      account: { exists: true },
    }),
  );
  assert.deepEqual(made.service.lines, [TOKEN, USER, EMAILS]);
});

Deno.test("mas: deactivated and locked accounts are recognised, in old versions too", async () => {
  const at = "2026-01-01T00:00:00Z";
  const cases: [object, string][] = [
    [{ deactivated_at: at, locked_at: at }, "deactivated"],
    [{ locked_at: at }, "locked"],
    [{ legacy_guest: true }, "locked"],
    [{ deactivated_at: undefined, legacy_guest: undefined, admin: true }, "active"],
  ];
  for (const [attributes, state] of cases) {
    await using made = openMas([{ username: "bob", attributes: { ...attributes } }]);
    assert.equal((await made.store.findProfile(BOB))?.state, state, JSON.stringify(attributes));
  }
});

Deno.test("mas: a name in another case matches only a user without upper case", async () => {
  await using made = openMas([{ username: "Bob", emails: ["b@example.org"] }]);
  const profile = await made.store.findProfile(BOB);
  assert.deepEqual(profile?.addresses, ["b@example.org"]);
  assert.equal(profile?.id, undefined);
  assert.equal((await made.store.findProfile(userOf("Bob")))?.id, userOf("Bob"));
  assert.equal(await made.store.findProfile(userOf("BOB")), undefined);
});

Deno.test("mas: a name that would be a dot segment is no user's, and is not requested", async () => {
  await using made = openMas([]);
  for (const localpart of [".", ".."]) {
    assert.equal(await made.store.findProfile(userOf(localpart)), undefined);
  }
  assert.equal(await made.store.findProfile(userOf("...")), undefined);
  assert.deepEqual(made.service.lines, [TOKEN, USER.replace("bob", "...")]);
});

Deno.test("mas: the admin API may have another URL", async () => {
  const mas = new MasService([{ username: "bob" }]);
  await using admin = new WebService((request) => {
    return mas.handle({ ...request, line: request.line.replace("/internal/", "/") });
  });
  await using service = new WebService(mas.handle);
  const adminUrl = `${admin.url}/internal`;
  assert.ok(await openStore(service, new ManualClock(), { adminUrl }).findProfile(BOB));
  assert.deepEqual(service.lines, [TOKEN]);
  assert.equal(admin.lines[0], USER.replace("/api", "/internal/api"));
});

Deno.test("mas: a token that is no longer valid is replaced, whichever request shows it", async () => {
  await using made = openMas([{ username: "bob" }]);
  await made.store.check();
  made.mas.forget();
  assert.ok(await made.store.findProfile(BOB));
  assert.deepEqual(made.service.lines.slice(2), [USER, TOKEN, USER, EMAILS]);
  let refused = false;
  made.service.scripted = (request) => {
    if (request.line !== EMAILS || refused) return made.mas.handle(request);
    refused = true;
    return problem(401, "Access token expired");
  };
  assert.ok(await made.store.findProfile(BOB));
  assert.deepEqual(made.service.lines.slice(6), [USER, EMAILS, TOKEN, USER, EMAILS]);
  assert.equal(made.mas.given, 3);
});

Deno.test("mas: a user who is deleted between the requests is unknown", async () => {
  await using made = openMas([{ username: "bob" }]);
  made.service.scripted = (request) => {
    return request.line === EMAILS ? problem(404, "User ID not found") : made.mas.handle(request);
  };
  assert.equal(await made.store.findProfile(BOB), undefined);
});

Deno.test("mas: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(masSection.parse({}), { enabled: false, timeout: 10_000 });
  const right = { enabled: true, url: "https://x", clientId: "c", clientSecret: "s" };
  assert.ok(masSection.safeParse(right).success);
  assertIssues(masSection, [
    [{ url: undefined }, "url"],
    [{ clientId: undefined }, "clientId"],
    [{ clientId: "" }, "clientId"],
    [{ clientSecret: undefined }, "clientSecret"],
    [{ clientSecret: "" }, "clientSecret"],
    [{ adminUrl: "localhost" }, "adminUrl"],
    [{ timeout: "0" }, "timeout"],
    [{ scope: "x" }, ""],
  ], right);
});
