import assert from "node:assert/strict";
import { userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { openKeycloak, ROLES, TOKEN, USERS } from "./open_keycloak.ts";

const BOB = userOf("bob");

Deno.test("keycloak: a wrong secret, a missing role and a missing realm say what to do", async () => {
  await using wrong = openKeycloak([], { clientSecret: "wr0ng-s3cret" });
  await assert.rejects(wrong.store.check(), (error: unknown) => {
    assert.ok(!Deno.inspect(error).includes("wr0ng"));
    return fails("misconfigured", /check client ID and secret \(status 401\)$/)(error);
  });
  await using weak = openKeycloak([{ username: "bob" }]);
  weak.realm.forbidden = true;
  await assert.rejects(
    weak.store.findProfile(BOB),
    fails("misconfigured", /lacks the role view-users/),
  );
  await assert.rejects(weak.store.check(), fails("misconfigured", /lacks the role view-users/));
  weak.service.scripted = () => Response.json({ error: "Realm does not exist" }, { status: 404 });
  await using missing = openKeycloak([]);
  missing.service.scripted = weak.service.scripted;
  await assert.rejects(missing.store.findProfile(BOB), fails("misconfigured", /status 404$/));
});

Deno.test("keycloak: a client that may query but not view users is reported", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  made.realm.blind = true;
  for (const ask of [() => made.store.findProfile(BOB), () => made.store.check()]) {
    await assert.rejects(ask(), fails("misconfigured", /lacks the role view-users$/));
  }
  made.realm.blind = false;
  assert.equal(await made.store.findProfile(userOf("mallory")), undefined);
  await using empty = openKeycloak([]);
  assert.equal(await empty.store.findProfile(BOB), undefined);
});

Deno.test("keycloak: a realm that issues no tokens is reported", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  made.service.scripted = () => Response.json({ error: "access_denied" }, { status: 403 });
  await assert.rejects(made.store.check(), fails("misconfigured", /no token: .* \(status 403\)$/));
});

Deno.test("keycloak: each endpoint that is down fails the lookup", async () => {
  for (const line of [TOKEN, USERS, ROLES]) {
    await using made = openKeycloak([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line
        ? new Response(null, { status: 503 })
        : made.realm.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), fails("temporary", /status 503$/));
  }
});

Deno.test("keycloak: a response of another form is refused, and not quoted", async () => {
  const cases: [string, string, RegExp][] = [
    [TOKEN, "<b@example.org>", /not JSON: check that it is the service at \S+$/],
    [TOKEN, '{"access_token":"a\\nb","token_type":"Bearer"}', /access_token$/],
    [TOKEN, '{"access_token":"b@example.org","token_type":"mac"}', /token_type$/],
    [USERS, '{"email":"b@example.org"}', /wrong form: the answer$/],
    [USERS, '[{"id":"..","username":"b@example.org"}]', /0\.id$/],
    [USERS, '[{"id":"1","email":"b@example.org"}]', /0\.username$/],
    [USERS, '[{"id":"1","username":"bob","attributes":{"x":"b@example.org"}}]', /attributes\.x$/],
    [ROLES, '["b@example.org"]', /wrong form: 0$/],
  ];
  for (const [line, body, message] of cases) {
    await using made = openKeycloak([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? new Response(body) : made.realm.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("keycloak: two users with one name are refused", async () => {
  await using made = openKeycloak([{ username: "bob" }, { username: "BOB" }]);
  await assert.rejects(
    made.store.findProfile(BOB),
    fails("misconfigured", /has 2 users of one name/),
  );
});
