import assert from "node:assert/strict";
import { userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { problem } from "../../fakes/identity/web/mas_service.ts";
import { EMAILS, openMas, TOKEN, USER } from "./open_mas.ts";

const BOB = userOf("bob");

Deno.test("mas: a wrong secret and a client without the scope say what to do", async () => {
  await using wrong = openMas([], { clientSecret: "wr0ng-s3cret" });
  await assert.rejects(wrong.store.check(), (error: unknown) => {
    assert.ok(!Deno.inspect(error).includes("wr0ng"));
    return fails("misconfigured", /check client ID and secret \(status 401\)$/)(error);
  });
  await using weak = openMas([{ username: "bob" }]);
  weak.service.scripted = (request) => {
    return request.line === TOKEN ? weak.mas.handle(request) : problem(401, "Missing scope");
  };
  await assert.rejects(weak.store.findProfile(BOB), fails("misconfigured", /status 401/));
  await assert.rejects(weak.store.check(), fails("misconfigured", /status 401/));
});

Deno.test("mas: a 404 that is not the API's never means no such user", async () => {
  await using made = openMas([{ username: "bob" }]);
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

Deno.test("mas: each endpoint that is down fails the lookup", async () => {
  for (const line of [TOKEN, USER, EMAILS]) {
    await using made = openMas([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? problem(503, "down") : made.mas.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), fails("temporary", /status 503$/));
  }
});

Deno.test("mas: more addresses than a page holds are refused", async () => {
  const emails = Array.from({ length: 101 }, (_, n) => `bob${n}@example.org`);
  await using made = openMas([{ username: "bob", emails }]);
  await assert.rejects(
    made.store.findProfile(BOB),
    fails("misconfigured", /more than 100 addresses/),
  );
});

Deno.test("mas: a response of another form is refused, and not quoted", async () => {
  const user = (attributes: object, id: unknown = "1") => {
    return JSON.stringify({ data: { type: "user", id, attributes } });
  };
  const page = (...attributes: object[]) => {
    return JSON.stringify({ data: attributes.map((each) => ({ attributes: each })), links: {} });
  };
  const cases: [string, string, RegExp][] = [
    [TOKEN, "{}", /access_token$/],
    [USER, "<b@example.org>", /not JSON: check that it is the service at \S+$/],
    [USER, "[]", /wrong form: the answer$/],
    [USER, user({ username: 1 }), /data\.attributes\.username$/],
    [USER, user({ username: "bob" }, ""), /data\.id$/],
    [USER, user({ username: "bob", locked_at: true }), /locked_at$/],
    [EMAILS, "{}", /wrong form: data$/],
    [EMAILS, page({ email: "b@example.org" }), /data\.0\.attributes\.user_id$/],
    [EMAILS, page({ user_id: "2", email: "b@example.org" }), /addresses of other people/],
  ];
  for (const [line, body, message] of cases) {
    await using made = openMas([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? new Response(body) : made.mas.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});
