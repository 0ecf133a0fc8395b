import assert from "node:assert/strict";
import { masSection, openMasStore } from "../../src/identity/mas.ts";
import { StoreError } from "../../src/identity/port.ts";
import { testIdentityStore, userOf } from "../contracts/identity_store.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type MasAccount,
  MasService,
  problem,
} from "../fakes/mas_service.ts";
import { WebService } from "../fakes/web_service.ts";

const BOB = userOf("bob");
const TOKEN = "POST /oauth2/token";
const USER = "GET /api/admin/v1/users/by-username/bob";
const EMAILS = "GET /api/admin/v1/user-emails";

function makeService(accounts: readonly MasAccount[], settings: object = {}) {
  const mas = new MasService(accounts);
  const service = new WebService(mas.handle);
  const clock = new ManualClock();
  const store = openStore(service, clock, settings);
  return {
    mas,
    service,
    clock,
    store,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

function openStore(service: WebService, clock: ManualClock, settings: object = {}) {
  const section = masSection.parse({
    enabled: true,
    url: `${service.url}/`,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    ...settings,
  });
  return openMasStore(section, { fetch, clock });
}

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
    return Promise.resolve({
      store: openStore(service, clock),
      secrets: [CLIENT_SECRET, "mat_1"],
      down: () => service.down(),
      up: () => Promise.resolve(service.up()),
      stall: () => service.stall(),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    });
  },
});

const fails = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError);
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};

Deno.test("mas: a user becomes a profile", async () => {
  const emails = ["bob@example.org", "robert@example.com"];
  await using made = makeService([{ username: "bob", emails }]);
  assert.deepEqual(await made.store.findProfile(BOB), {
    id: BOB,
    addresses: emails,
    roles: [],
    state: "active",
    account: { exists: true },
  });
  assert.deepEqual(made.service.lines, [TOKEN, USER, EMAILS]);
});

Deno.test("mas: who may not use the account is told, also by a service of some years ago", async () => {
  const at = "2026-01-01T00:00:00Z";
  const cases: [object, string][] = [
    [{ deactivated_at: at, locked_at: at }, "deactivated"],
    [{ locked_at: at }, "locked"],
    [{ legacy_guest: true }, "locked"],
    [{ deactivated_at: undefined, legacy_guest: undefined, admin: true }, "active"],
  ];
  for (const [attributes, state] of cases) {
    await using made = makeService([{ username: "bob", attributes: { ...attributes } }]);
    assert.equal((await made.store.findProfile(BOB))?.state, state, JSON.stringify(attributes));
  }
});

Deno.test("mas: a name of another case is the user's only if theirs has no upper case", async () => {
  await using made = makeService([{ username: "Bob", emails: ["b@example.org"] }]);
  const profile = await made.store.findProfile(BOB);
  assert.deepEqual(profile?.addresses, ["b@example.org"]);
  assert.ok(!("id" in profile));
  assert.equal((await made.store.findProfile(userOf("Bob")))?.id, userOf("Bob"));
  assert.equal(await made.store.findProfile(userOf("BOB")), undefined);
});

Deno.test("mas: a name that would climb up the path is not asked for", async () => {
  await using made = makeService([]);
  for (const localpart of [".", ".."]) {
    await assert.rejects(
      made.store.findProfile(userOf(localpart)),
      fails("misconfigured", /nothing but dots/),
    );
  }
  assert.equal(await made.store.findProfile(userOf("...")), undefined);
  assert.deepEqual(made.service.lines, [TOKEN, USER.replace("bob", "...")]);
});

Deno.test("mas: the admin API may be elsewhere", async () => {
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

Deno.test("mas: a token that is known no more is replaced, wherever that shows", async () => {
  await using made = makeService([{ username: "bob" }]);
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

Deno.test("mas: a wrong secret and a client without the scope say what to do", async () => {
  await using wrong = makeService([], { clientSecret: "wr0ng-s3cret" });
  await assert.rejects(wrong.store.check(), (error: unknown) => {
    assert.ok(!Deno.inspect(error).includes("wr0ng"));
    return fails("misconfigured", /are client ID and secret right\? \(status 401\)$/)(error);
  });
  await using weak = makeService([{ username: "bob" }]);
  weak.service.scripted = (request) => {
    return request.line === TOKEN ? weak.mas.handle(request) : problem(401, "Missing scope");
  };
  await assert.rejects(weak.store.findProfile(BOB), fails("misconfigured", /status 401/));
  await assert.rejects(weak.store.check(), fails("misconfigured", /status 401/));
});

Deno.test("mas: a 404 that is not the API's is never no such user", async () => {
  await using made = makeService([{ username: "bob" }]);
  const answers = [
    () => new Response("<h1>Not Found</h1>", { status: 404 }),
    () => new Response(null, { status: 404 }),
    () => Response.json({ errors: [] }, { status: 404 }),
  ];
  for (const line of [USER, EMAILS]) {
    for (const answer of answers) {
      made.service.scripted = (request) => {
        return request.line === line ? answer() : made.mas.handle(request);
      };
      await assert.rejects(
        made.store.findProfile(BOB),
        fails("misconfigured", /there is no admin API at this URL \(status 404\)$/),
      );
    }
  }
});

Deno.test("mas: who is deleted between the questions is no such user", async () => {
  await using made = makeService([{ username: "bob" }]);
  made.service.scripted = (request) => {
    return request.line === EMAILS ? problem(404, "User ID not found") : made.mas.handle(request);
  };
  assert.equal(await made.store.findProfile(BOB), undefined);
});

Deno.test("mas: what is down says so at each of its endpoints", async () => {
  for (const line of [TOKEN, USER, EMAILS]) {
    await using made = makeService([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? problem(503, "down") : made.mas.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), fails("temporary", /status 503$/));
  }
});

Deno.test("mas: more addresses than a page holds are refused", async () => {
  const emails = Array.from({ length: 101 }, (_, n) => `bob${n}@example.org`);
  await using made = makeService([{ username: "bob", emails }]);
  await assert.rejects(
    made.store.findProfile(BOB),
    fails("misconfigured", /more than 100 addresses/),
  );
});

Deno.test("mas: an answer of another form is refused, and not repeated", async () => {
  const user = (attributes: object, id: unknown = "1") => {
    return JSON.stringify({ data: { type: "user", id, attributes } });
  };
  const page = (...attributes: object[]) => {
    return JSON.stringify({ data: attributes.map((each) => ({ attributes: each })), links: {} });
  };
  const cases: [string, string, RegExp][] = [
    [TOKEN, "{}", /access_token$/],
    [USER, "<b@example.org>", /not JSON$/],
    [USER, "[]", /wrong form: the answer$/],
    [USER, user({ username: 1 }), /data\.attributes\.username$/],
    [USER, user({ username: "bob" }, ""), /data\.id$/],
    [USER, user({ username: "bob", locked_at: true }), /locked_at$/],
    [EMAILS, "{}", /wrong form: data$/],
    [EMAILS, page({ email: "b@example.org" }), /data\.0\.attributes\.user_id$/],
    [EMAILS, page({ user_id: "2", email: "b@example.org" }), /addresses of other people/],
  ];
  for (const [line, body, message] of cases) {
    await using made = makeService([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? new Response(body) : made.mas.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("mas: the section's defaults, and what is wrong in it", () => {
  assert.deepEqual(masSection.parse({}), { enabled: false, timeout: 10_000 });
  const right = { enabled: true, url: "https://x", clientId: "c", clientSecret: "s" };
  assert.ok(masSection.safeParse(right).success);
  const wrong: [object, string][] = [
    [{ url: undefined }, "url"],
    [{ clientId: undefined }, "clientId"],
    [{ clientId: "" }, "clientId"],
    [{ clientSecret: undefined }, "clientSecret"],
    [{ clientSecret: "" }, "clientSecret"],
    [{ adminUrl: "localhost" }, "adminUrl"],
    [{ timeout: "0" }, "timeout"],
    [{ scope: "x" }, ""],
  ];
  for (const [section, path] of wrong) {
    const issues = masSection.safeParse({ ...right, ...section }).error?.issues;
    assert.deepEqual(issues?.map((issue) => issue.path.join(".")), [path], JSON.stringify(section));
  }
});
