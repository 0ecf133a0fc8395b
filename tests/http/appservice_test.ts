import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { application, AUTHORIZED, outcome, TOKEN } from "../fakes/http/application.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const PUT = "PUT";
const RESPONSES: readonly [method: string, path: string, status: number, errcode?: string][] = [
  [PUT, "/_matrix/app/v1/transactions/1", 200],
  [PUT, "/transactions/1", 200],
  [PUT, "/_matrix/app/v1/transactions/a%2Fb%20%C3%A9", 200],
  [PUT, "/_matrix/app/v1/transactions/a/b:c", 200],
  [PUT, "/_matrix/app/v1/transactions/%zz", 200],
  ["GET", "/_matrix/app/v1/users/@bob:example.org", 404, "M_NOT_FOUND"],
  ["GET", "/_matrix/app/v1/users/%40bob%3Aexample.org", 404, "M_NOT_FOUND"],
  ["GET", "/_matrix/app/v1/users/@a/b:example.org", 404, "M_NOT_FOUND"],
  ["GET", "/_matrix/app/v1/users/%ff%00", 404, "M_NOT_FOUND"],
  ["GET", "/users/@bob:example.org", 404, "M_NOT_FOUND"],
  ["GET", "/_matrix/app/v1/rooms/%23plans%3Aexample.org", 404, "M_NOT_FOUND"],
  ["GET", "/rooms/%23plans%3Aexample.org", 404, "M_NOT_FOUND"],
  ...["/_matrix/app/v1", "/_matrix/app/unstable"].flatMap((prefix) =>
    ["protocol/irc", "user", "user/irc", "location", "location/irc"].map((
      path,
    ): [string, string, number, string] => [
      "GET",
      `${prefix}/thirdparty/${path}`,
      404,
      "M_NOT_FOUND",
    ])
  ),
  ["POST", "/_matrix/app/v1/ping", 200],
  ["GET", "/_matrix/app/v1/nothing", 404, "M_UNRECOGNIZED"],
  ["GET", "/", 404, "M_UNRECOGNIZED"],
  ["POST", "/_matrix/app/v1/transactions", 404, "M_UNRECOGNIZED"],
  ["POST", "/_matrix/app/v1/transactions/1", 405, "M_UNRECOGNIZED"],
  ["GET", "/transactions/1", 405, "M_UNRECOGNIZED"],
  ["DELETE", "/_matrix/app/v1/users/@bob:example.org", 405, "M_UNRECOGNIZED"],
  ["PUT", "/_matrix/app/v1/rooms/x", 405, "M_UNRECOGNIZED"],
  ["OPTIONS", "/_matrix/app/v1/thirdparty/user", 405, "M_UNRECOGNIZED"],
  ["GET", "/_matrix/app/v1/ping", 405, "M_UNRECOGNIZED"],
  ["GET", "/health", 200],
  ["POST", "/health", 405, "M_UNRECOGNIZED"],
];

for (const [method, path, status, errcode] of RESPONSES) {
  Deno.test(`${method} ${path} gets ${status} ${errcode ?? "with JSON"}`, async () => {
    const { app } = application();
    const body = method === "GET" ? {} : { body: "{}" };
    const response = await app.request(path, { method, headers: AUTHORIZED, ...body });
    assert.deepEqual(await outcome(response), [status, errcode]);
    if (status === 405) assert.ok(response.headers.get("allow"));
  });
}

const ALL_ROUTES = RESPONSES.filter(([, path, status, errcode]) =>
  path !== "/health" && status !== 405 && errcode !== "M_UNRECOGNIZED"
);
for (const [method, path] of ALL_ROUTES) {
  Deno.test(`${method} ${path} does nothing without the token`, async () => {
    await using _logs = await collectLogs();
    const { app, bodies } = application();
    const body = method === "GET" ? {} : { body: '{"events":[]}' };
    assert.deepEqual(await outcome(await app.request(path, { method, ...body })), [
      401,
      "M_MISSING_TOKEN",
    ]);
    const headers = { authorization: "Bearer wrong" };
    assert.deepEqual(await outcome(await app.request(path, { method, headers, ...body })), [
      403,
      "M_FORBIDDEN",
    ]);
    assert.deepEqual(bodies, []);
  });
}

Deno.test("a transaction's body arrives unchanged", async () => {
  const { app, bodies } = application();
  const body = '{"events":[{"type":"m.room.message","content":{"body":"é\u0000"}}]}';
  for (const path of ["/_matrix/app/v1/transactions/1", "/transactions/2"]) {
    await app.request(path, { method: "PUT", headers: AUTHORIZED, body });
  }
  assert.deepEqual(bodies.map((bytes) => new TextDecoder().decode(bytes)), [body, body]);
});

Deno.test("a transaction gets an empty JSON object", async () => {
  const { app } = application();
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body: "{}",
  });
  assert.equal(await response.text(), "{}");
});

Deno.test("GET /users has the same response for everybody", async () => {
  const { app } = application();
  const users = [
    "@bob:example.org",
    "@mxisd:example.org",
    "@nobody:elsewhere.org",
    "%00",
    "x/../y",
  ];
  const responses = await Promise.all(users.map(async (user) => {
    const response = await app.request(`/_matrix/app/v1/users/${user}`, { headers: AUTHORIZED });
    return [response.status, await response.text()];
  }));
  for (const response of responses) assert.deepEqual(response, responses[0]);
});

Deno.test("a database that fails is a 503, so that the homeserver keeps the transaction", async () => {
  await using logs = await collectLogs();
  const { app } = application(() => Promise.reject(new OutboxError("unavailable", "disk full")));
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body: "{}",
  });
  assert.deepEqual(await outcome(response), [503, "M_UNKNOWN"]);
  assert.equal(logs.at("error").length, 1);
});

Deno.test("a defect is a 500 that reveals nothing of itself", async () => {
  await using logs = await collectLogs();
  const { app } = application(() => Promise.reject(new TypeError("secret detail")));
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body: "{}",
  });
  const text = await response.clone().text();
  assert.deepEqual(await outcome(response), [500, "M_UNKNOWN"]);
  assert.ok(!text.includes("secret detail"));
  assert.equal(logs.at("error").length, 1);
});

Deno.test("no log line has a token, right or wrong", async () => {
  await using logs = await collectLogs();
  const { app } = application();
  await app.request("/users/@bob:example.org?access_token=guess_in_query");
  // Another one, as the second refusal within a minute is only counted.
  await application().app.request("/users/@bob:example.org", {
    headers: { authorization: "Bearer guess_in_header" },
  });
  await app.request(`/users/@bob:example.org?access_token=${TOKEN}`);
  const spoken = Deno.inspect(logs.records, { depth: 10 });
  assert.equal(logs.at("warning").length, 2);
  for (const token of ["guess_in_query", "guess_in_header", TOKEN]) {
    assert.ok(!spoken.includes(token));
  }
});

Deno.test("in a rotation the log says once which token the homeserver has", async () => {
  await using logs = await collectLogs();
  const app = createHttpApp({
    hsToken: new Secret("hs-new-0123456789abcdef"),
    previousHsToken: new Secret("hs-old-0123456789abcdef"),
    clock: systemClock,
    accept: () => Promise.resolve({ kind: "accepted" }),
  });
  const statuses: number[] = [];
  for (const token of ["old", "old", "wrong", "new", "new"]) {
    const response = await app.request("/_matrix/app/v1/transactions/1", {
      method: "PUT",
      headers: { authorization: `Bearer hs-${token}-0123456789abcdef` },
      body: '{"events":[]}',
    });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [200, 200, 403, 200, 200]);
  assert.deepEqual(logs.at("info").map(([event]) => event), [
    ...["homeserver uses the previous token", "homeserver uses the new token"],
  ]);
  assert.doesNotMatch(logs.text(), /0123456789abcdef/);
});
