import assert from "node:assert/strict";
import { Secret } from "../../src/domain/secret.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { LARGEST_BODY } from "../../src/http/appservice.ts";
import type { Accepted } from "../../src/notify/accept.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { collectLogs } from "../fakes/log_records.ts";

const TOKEN = "hs_VDxUpXFqbN4Qh2rK";
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

/** The application, and the bodies it accepted. */
function application(
  answer: () => Promise<Accepted> = () => Promise.resolve({ kind: "accepted" }),
) {
  const bodies: Uint8Array[] = [];
  const app = createHttpApp({
    hsToken: new Secret(TOKEN),
    accept(body) {
      bodies.push(body);
      return answer();
    },
  });
  return { app, bodies };
}

async function outcome(response: Response): Promise<[number, string | undefined]> {
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const body = await response.json();
  if (body.errcode !== undefined) assert.equal(typeof body.error, "string");
  return [response.status, body.errcode];
}

const PUT = "PUT";
const ANSWERS: readonly [method: string, path: string, status: number, errcode?: string][] = [
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

for (const [method, path, status, errcode] of ANSWERS) {
  Deno.test(`${method} ${path} is answered ${status} ${errcode ?? "with JSON"}`, async () => {
    const { app } = application();
    const body = method === "GET" ? {} : { body: "{}" };
    const response = await app.request(path, { method, headers: AUTHORIZED, ...body });
    assert.deepEqual(await outcome(response), [status, errcode]);
    if (status === 405) assert.ok(response.headers.get("allow"));
  });
}

const ALL_ROUTES = ANSWERS.filter(([, path, status, errcode]) =>
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

Deno.test("a transaction's body arrives as it was sent", async () => {
  const { app, bodies } = application();
  const body = '{"events":[{"type":"m.room.message","content":{"body":"é\u0000"}}]}';
  for (const path of ["/_matrix/app/v1/transactions/1", "/transactions/2"]) {
    await app.request(path, { method: "PUT", headers: AUTHORIZED, body });
  }
  assert.deepEqual(bodies.map((bytes) => new TextDecoder().decode(bytes)), [body, body]);
});

Deno.test("a transaction is answered with an empty JSON object", async () => {
  const { app } = application();
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body: "{}",
  });
  assert.equal(await response.text(), "{}");
});

Deno.test("GET /users has the same answer for everybody", async () => {
  const { app } = application();
  const users = [
    "@bob:example.org",
    "@mxisd:example.org",
    "@nobody:elsewhere.org",
    "%00",
    "x/../y",
  ];
  const answers = await Promise.all(users.map(async (user) => {
    const response = await app.request(`/_matrix/app/v1/users/${user}`, { headers: AUTHORIZED });
    return [response.status, await response.text()];
  }));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

Deno.test("a body that is too large by its own word is refused unread", async () => {
  const { app, bodies } = application();
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: { ...AUTHORIZED, "content-length": `${LARGEST_BODY + 1}` },
    body: "{}",
  });
  assert.deepEqual(await outcome(response), [413, "M_TOO_LARGE"]);
  assert.deepEqual(bodies, []);
});

Deno.test("a body that does not tell its size is read up to the limit and no further", async () => {
  const { app, bodies } = application();
  let sent = 0;
  let cancelled = false;
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += chunk.length;
      controller.enqueue(chunk);
    },
    cancel() {
      cancelled = true;
    },
  });
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.deepEqual(await outcome(response), [413, "M_TOO_LARGE"]);
  assert.ok(cancelled);
  assert.ok(sent <= LARGEST_BODY + 3 * chunk.length);
  assert.deepEqual(bodies, []);
});

Deno.test("a body of exactly the limit is accepted", async () => {
  const { app, bodies } = application();
  const body = new Uint8Array(LARGEST_BODY).fill(0x20);
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.equal(response.status, 200);
  assert.equal(bodies[0]?.length, LARGEST_BODY);
});

Deno.test("a body that comes in pieces is put together", async () => {
  const { app, bodies } = application();
  const pieces = ['{"ev', 'ents"', ":[]}"];
  const body = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
  await app.request("/transactions/1", { method: "PUT", headers: AUTHORIZED, body });
  assert.equal(new TextDecoder().decode(bodies[0]), pieces.join(""));
});

Deno.test("a compressed body is refused, one that says it is not compressed is read", async () => {
  const { app, bodies } = application();
  for (const [encoding, status] of [["gzip", 400], ["br", 400], ["identity", 200]] as const) {
    const headers = { ...AUTHORIZED, "content-encoding": encoding };
    const response = await app.request("/transactions/1", { method: "PUT", headers, body: "{}" });
    assert.deepEqual(await outcome(response), [status, status === 400 ? "M_NOT_JSON" : undefined]);
  }
  assert.equal(bodies.length, 1);
});

Deno.test("a body that breaks off is accepted in no part", async () => {
  await using _logs = await collectLogs();
  const { app, bodies } = application();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"events":[')),
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.deepEqual(await outcome(response), [400, "M_UNKNOWN"]);
  assert.deepEqual(bodies, []);
});

Deno.test("a body that is no JSON, or no transaction, is refused as what it is", async () => {
  await using logs = await collectLogs();
  const cases = [["not JSON", "M_NOT_JSON"], ["not a transaction", "M_BAD_JSON"]] as const;
  for (const [why, errcode] of cases) {
    const { app } = application(() => Promise.resolve({ kind: "malformed", why }));
    const response = await app.request("/transactions/1", {
      method: "PUT",
      headers: AUTHORIZED,
      body: "x",
    });
    assert.deepEqual(await outcome(response), [400, errcode]);
  }
  assert.equal(logs.at("warning").length, 2);
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

Deno.test("a defect is a 500 that tells nothing of itself", async () => {
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

Deno.test("no log line holds a token, right or wrong", async () => {
  await using logs = await collectLogs();
  const { app } = application();
  await app.request("/users/@bob:example.org?access_token=guess_in_query");
  await app.request("/users/@bob:example.org", {
    headers: { authorization: "Bearer guess_in_header" },
  });
  await app.request(`/users/@bob:example.org?access_token=${TOKEN}`);
  const spoken = Deno.inspect(logs.records, { depth: 10 });
  assert.equal(logs.at("warning").length, 2);
  for (const token of ["guess_in_query", "guess_in_header", TOKEN]) {
    assert.ok(!spoken.includes(token));
  }
});
