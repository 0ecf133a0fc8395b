import assert from "node:assert/strict";
import { echo, Served } from "./served.ts";

const HOST = "Host: localhost";
const LAST = [HOST, "Connection: close"];
const POST = "POST /x HTTP/1.1";

Deno.test("requests on one connection are responded to in their order", async () => {
  await using served = new Served(echo);
  const responses = await served.exchange(
    ...[POST, HOST, "Content-Length: 3", "", "one"],
    // After the empty line that some clients send after a body.
    ...["GET /y HTTP/1.1", HOST, "", ""],
    ...[POST, HOST, "Transfer-Encoding: chunked", "", "3", "two", "0", "", ""],
    ...["GET /last HTTP/1.1", ...LAST, "", ""],
  );
  assert.deepEqual(responses, [
    [200, "POST /x one"],
    [200, "GET /y"],
    [200, "POST /x two"],
    [200, "GET /last"],
  ]);
});

const CHUNKED: readonly (readonly [what: string, body: string, text: string])[] = [
  ["no chunk", "0\r\n\r\n", ""],
  ["two chunks", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789"],
  ["leading zeros", "0003\r\nabc\r\n000\r\n\r\n", "abc"],
  ["an extension", '3;name="value"\r\nabc\r\n0 ;x\r\n\r\n', "abc"],
  ["a trailer", "3\r\nabc\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", "abc"],
];

for (const [what, body, text] of CHUNKED) {
  Deno.test(`a chunked body with ${what} is read`, async () => {
    await using served = new Served(echo);
    const head = [POST, ...LAST, "Transfer-Encoding: chunked", "", ""].join("\r\n");
    assert.deepEqual(await served.exchange(head + body), [[200, `POST /x ${text}`.trim()]]);
  });
}

const BAD_CHUNKS: readonly (readonly [what: string, body: string])[] = [
  ["a size that is no number", "x\r\nabc\r\n0\r\n\r\n"],
  ["a negative size", "-3\r\nabc\r\n0\r\n\r\n"],
  ["a prefixed size", "0x3\r\nabc\r\n0\r\n\r\n"],
  ["a size that is too long", "000000003\r\nabc\r\n0\r\n\r\n"],
  ["an empty line for a size", "\r\n3\r\nabc\r\n0\r\n\r\n"],
  ["a line feed alone", "3\nabc\r\n0\r\n\r\n"],
  ["more bytes than its size", "3\r\nabcd\r\n0\r\n\r\n"],
  ["fewer bytes than its size", "3\r\nab\r\n0\r\n\r\n"],
  ["a size line that is too long", `3;${"x".repeat(300)}\r\nabc\r\n0\r\n\r\n`],
  ["a trailer that is too long", `0\r\n${`X: ${"x".repeat(100)}\r\n`.repeat(50)}\r\n`],
  ["a trailer line that is too long", `0\r\nX: ${"x".repeat(5_000)}\r\n\r\n`],
];

for (const [what, body] of BAD_CHUNKS) {
  Deno.test(`a chunked body with ${what} is refused, and what follows is no request`, async () => {
    await using served = new Served(async (request) => {
      try {
        return await echo(request);
      } catch {
        return new Response("bad", { status: 400 });
      }
    });
    const head = [POST, HOST, "Transfer-Encoding: chunked", "", ""].join("\r\n");
    const next = ["GET /smuggled HTTP/1.1", ...LAST, "", ""].join("\r\n");
    const responses = await served.exchange(head + body + next);
    // Closing a connection on which more arrives may lose the response.
    assert.ok(responses.length <= 1);
    for (const response of responses) assert.deepEqual(response, [400, "bad"]);
  });
}

Deno.test("HEAD gets the head of the response to GET", async () => {
  await using served = new Served(() => new Response("text"));
  using connection = await served.connect();
  await connection.send("HEAD / HTTP/1.1", ...LAST, "", "");
  const text = await connection.rest();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /\r\ncontent-length: 4\r\n/);
  assert.match(text, /\r\ndate: Mon, 04 Jan 2027 09:30:00 GMT\r\n/);
  assert.match(text, /\r\nconnection: close\r\n\r\n$/);
});

Deno.test("a body that nobody wanted is not taken for a request", async () => {
  let handled = 0;
  await using served = new Served(() => {
    handled++;
    return new Response("unread", { status: 401 });
  });
  const inner = ["GET /smuggled HTTP/1.1", HOST, "", ""].join("\r\n");
  for (const method of ["GET", "PUT"]) {
    handled = 0;
    // All of it has arrived, so the connection is kept.
    using connection = await served.connect();
    await connection.send(
      `${method} / HTTP/1.1`,
      HOST,
      `Content-Length: ${inner.length}`,
      "",
      inner,
    );
    assert.deepEqual(await connection.response(), [401, "unread"]);
    await connection.send("GET /next HTTP/1.1", HOST, "", "");
    assert.deepEqual(await connection.response(), [401, "unread"]);
    assert.equal(handled, 2);
    // Of this, only a part has: the connection is closed.
    await connection.send(`${method} / HTTP/1.1`, HOST, "Content-Length: 500", "", inner);
    assert.deepEqual(await connection.response(), [401, "unread"]);
    assert.equal(await connection.response(), undefined);
    assert.equal(handled, 3);
  }
});

Deno.test("a client that waits to send its body is asked for it when somebody wants it", async () => {
  await using served = new Served((request) =>
    request.headers.has("authorization") ? echo(request) : new Response(null, { status: 401 })
  );
  const head = [POST, HOST, "Content-Length: 3", "Expect: 100-continue"];
  using connection = await served.connect();
  await connection.send(...head, "Authorization: x", "", "");
  assert.deepEqual(await connection.response(), [100, ""]);
  await connection.send("abc");
  assert.deepEqual(await connection.response(), [200, "POST /x abc"]);
  await connection.send(...head, "", "");
  assert.deepEqual(await connection.response(), [401, ""]);
  assert.equal(await connection.response(), undefined);
});

const REFUSED: readonly (readonly [name: string, status: number, text: string])[] = [
  [
    "HTTP/2 with prior knowledge gets 505, and the connection is closed",
    505,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ],
  [
    "a head that is too large gets 431, and the connection is closed",
    431,
    `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`,
  ],
  [
    "a head that is malformed gets 400, and the connection is closed",
    400,
    "GET / HTTP/1.1\r\n\r\n",
  ],
];

for (const [name, status, text] of REFUSED) {
  Deno.test(name, async () => {
    await using served = new Served(() => assert.fail("it was handled"));
    const responses = await served.exchange(text);
    assert.ok(responses.length <= 1);
    for (const response of responses) assert.deepEqual(response, [status, ""]);
    const logs = await served.logs;
    assert.deepEqual(logs.at("warning").map(([event]) => event), [
      "request refused",
    ]);
  });
}

Deno.test("an upgrade to HTTP/2 is ignored", async () => {
  await using served = new Served(echo);
  const upgrade = [
    "Connection: Upgrade, HTTP2-Settings, close",
    "Upgrade: h2c",
    "HTTP2-Settings: x",
  ];
  assert.deepEqual(await served.exchange("GET / HTTP/1.1", HOST, ...upgrade, "", ""), [
    [200, "GET /"],
  ]);
});
