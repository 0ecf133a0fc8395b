import assert from "node:assert/strict";
import { firebaseSection, openFirebaseStore } from "../../../src/identity/web/firebase.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { failsWithout } from "../../contracts/store_error.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import {
  type FirebaseAccount,
  FirebaseProject,
  problem,
  PROJECT,
} from "../../fakes/identity/web/firebase_service.ts";
import { FOREIGN_KEY, KEY_EXCERPT, keyFile } from "../../fakes/identity/web/service_account.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");
const fails = failsWithout([KEY_EXCERPT]);
const TOKEN = "POST /token";
const LOOKUP = "POST /v1/projects/demo-project/accounts:lookup";

async function makeProject(
  accounts: readonly FirebaseAccount[],
  settings: object = {},
  clock = new ManualClock(),
  keyChanges: object = {},
) {
  const project = new FirebaseProject(accounts, clock);
  const service = new WebService(project.handle);
  const credentials = await Deno.makeTempFile();
  await Deno.writeTextFile(credentials, keyFile(PROJECT, service.url, keyChanges));
  const { url } = service;
  const section = firebaseSection.parse({ enabled: true, url, credentials, ...settings });
  const store = openFirebaseStore(section, { fetch: fetchTrusting(), clock });
  // The service may not read it later.
  await Deno.remove(credentials);
  return {
    project,
    service,
    clock,
    store,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

testIdentityStore({
  name: "firebase",
  severalEntries: false, // an ID is unique
  faults: ["down", "stall"],
  async open(people, clock) {
    const accounts = people.map(({ localpart, addresses: [email, ...others], displayName }) => ({
      localId: localpart,
      ...(email === undefined ? {} : { email }),
      ...(displayName === undefined ? {} : { displayName }),
      providerUserInfo: others.map((address) => ({ providerId: "google.com", email: address })),
    }));
    const { store, service } = await makeProject(accounts, {}, clock);
    return fakeHarness(store, service, [KEY_EXCERPT, "ya29.1"]);
  },
});

const FULL = {
  localId: "bob",
  email: "bob@example.org",
  emailVerified: true,
  displayName: "Bob Builder",
  language: "de",
  timeZone: "Europe/Berlin",
  providerUserInfo: [
    { providerId: "password", email: "bob@EXAMPLE.org" },
    { providerId: "google.com", email: "robert@example.com" },
    { providerId: "phone", phoneNumber: "+491700000000" },
  ],
};

Deno.test("firebase: a user with all fields becomes a profile", async () => {
  await using made = await makeProject([FULL]);
  assert.deepEqual(
    await made.store.findProfile(BOB),
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "robert@example.com"],
      displayName: "Bob Builder",
      language: "de",
      timeZone: "Europe/Berlin",
      roles: [],
      state: "active",
    }),
  );
  assert.deepEqual(made.service.lines, [TOKEN, LOOKUP]);
});

Deno.test("firebase: with onlyVerified the account's own address counts if it is verified", async () => {
  for (const [emailVerified, addresses] of [[true, ["bob@example.org"]], [false, []]]) {
    await using made = await makeProject([{ ...FULL, emailVerified }], { onlyVerified: true });
    assert.deepEqual((await made.store.findProfile(BOB))?.addresses, addresses);
  }
});

Deno.test("firebase: a disabled user is deactivated", async () => {
  await using made = await makeProject([{ localId: "bob", disabled: true }]);
  assert.equal((await made.store.findProfile(BOB))?.state, "deactivated");
});

Deno.test("firebase: IDs are case-sensitive, and not longer than 128 characters", async () => {
  await using made = await makeProject([{ localId: "qR5f" }]);
  assert.equal((await made.store.findProfile(userOf("qR5f")))?.id, userOf("qR5f"));
  assert.equal(await made.store.findProfile(userOf("qr5f")), undefined);
  const asked = made.service.lines.length;
  assert.equal(await made.store.findProfile(userOf("x".repeat(129))), undefined);
  assert.equal(made.service.lines.length, asked);
});

Deno.test("firebase: a token is kept until shortly before it expires", async () => {
  await using made = await makeProject([FULL]);
  await Promise.all(Array.from({ length: 10 }, () => made.store.findProfile(BOB)));
  made.clock.advance(3_588_999);
  await made.store.findProfile(BOB);
  assert.equal(made.project.given, 1);
  made.clock.advance(1);
  await made.store.findProfile(BOB);
  assert.equal(made.project.given, 2);
});

Deno.test("firebase: a token that is no longer valid is replaced once", async () => {
  await using made = await makeProject([FULL]);
  await made.store.check();
  made.project.forget();
  assert.ok(await made.store.findProfile(BOB));
  assert.deepEqual(made.service.lines.slice(2), [LOOKUP, TOKEN, LOOKUP]);
});

Deno.test("firebase: a revoked key and a missing permission say what to do", async () => {
  for (const changes of [{ client_email: "other@example.org" }, { private_key: FOREIGN_KEY }]) {
    await using revoked = await makeProject([], {}, new ManualClock(), changes);
    await assert.rejects(
      revoked.store.check(),
      fails("misconfigured", /key is still valid.*\(status 400\)$/),
    );
  }
  await using weak = await makeProject([FULL]);
  weak.service.scripted = (request) => {
    return request.line === TOKEN ? weak.project.handle(request) : problem(403, "DENIED");
  };
  const denied = fails("misconfigured", /lacks the permission firebaseauth\.users\.get/);
  await assert.rejects(weak.store.findProfile(BOB), denied);
  await assert.rejects(weak.store.check(), denied);
});

Deno.test("firebase: each lookup reports an unusable key file", async () => {
  const cases: [object, RegExp][] = [
    [{ type: "authorized_user" }, /key file has the wrong form: type$/],
    [{ project_id: "a/../b" }, /project_id$/],
    [{ token_uri: "file:///etc/passwd" }, /token_uri$/],
    [{ private_key: "secret-but-no-key" }, /private_key cannot be used$/],
    [{ private_key: undefined }, /private_key$/],
  ];
  for (const [changes, message] of cases) {
    await using made = await makeProject([FULL], {}, new ManualClock(), changes);
    for (const lookup of [() => made.store.findProfile(BOB), () => made.store.check()]) {
      await assert.rejects(lookup(), (error: unknown) => {
        assert.ok(!Deno.inspect(error).includes("secret-but-no-key"));
        return fails("misconfigured", message)(error);
      });
    }
    assert.deepEqual(made.service.lines, []);
  }
  await using missing = await makeProject([FULL], { credentials: "/nowhere/key.json" });
  const reason = /credentials: "\/nowhere\/key\.json" cannot be read: it does not exist$/;
  await assert.rejects(missing.store.check(), fails("misconfigured", reason));
});

Deno.test("firebase: no status other than 200 means no such user", async () => {
  const cases: [number, string][] = [
    [400, "misconfigured"],
    [404, "misconfigured"],
    [429, "temporary"],
    [500, "temporary"],
    [503, "temporary"],
  ];
  for (const line of [TOKEN, LOOKUP]) {
    for (const [status, kind] of cases) {
      await using made = await makeProject([FULL]);
      made.service.scripted = (request) => {
        return request.line === line ? problem(status, "X") : made.project.handle(request);
      };
      await assert.rejects(made.store.findProfile(BOB), fails(kind, new RegExp(`${status}`)));
    }
  }
});

Deno.test("firebase: a response of another form is refused, and not quoted", async () => {
  const users = (...found: unknown[]) => JSON.stringify({ kind: "k", users: found });
  const cases: [string, RegExp][] = [
    ["<b@example.org>", /not JSON: check that it is the service at \S+$/],
    ["{}", /wrong form: kind$/],
    [users({ email: "b@example.org" }), /users\.0\.localId$/],
    [users({ localId: "alice", email: "b@example.org" }), /other users/],
    [users({ localId: "bob" }, { localId: "bob" }), /other users/],
  ];
  for (const [body, message] of cases) {
    await using made = await makeProject([FULL]);
    made.service.scripted = (request) => {
      return request.line === LOOKUP ? new Response(body) : made.project.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("firebase: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(firebaseSection.parse({}), {
    enabled: false,
    url: "https://identitytoolkit.googleapis.com",
    onlyVerified: false,
    timeout: 10_000,
  });
  const right = { enabled: true, credentials: "key.json", database: "https://x.firebaseio.com/" };
  assert.ok(firebaseSection.safeParse(right).success);
  assertIssues(firebaseSection, [
    [{ credentials: undefined }, "credentials"],
    [{ credentials: "" }, "credentials"],
    [{ url: "localhost" }, "url"],
    [{ timeout: "0" }, "timeout"],
    [{ apiKey: "x" }, ""],
  ], right);
});
