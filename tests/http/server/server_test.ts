import assert from "node:assert/strict";
import { serveHttp } from "../../../src/http/server/server.ts";
import { MINUTE, SECOND } from "../../../src/settings/duration.ts";
import { FakeClock, idle } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import type { RawConnection } from "../raw_connection.ts";
import { echo, Served } from "./served.ts";

const GET = ["GET / HTTP/1.1", "Host: localhost", "", ""];

/** A handler that waits until it may respond. */
function waiting() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let requests = 0;
  const arrived: (() => void)[] = [];
  return {
    resolve,
    async handler(): Promise<Response> {
      requests++;
      for (const wake of arrived.splice(0)) wake();
      await promise;
      return new Response("late");
    },
    /** Resolves when so many requests have come. */
    async until(count: number): Promise<void> {
      while (requests < count) await new Promise<void>((wake) => arrived.push(wake));
    },
  };
}

async function get(connection: RawConnection): Promise<unknown> {
  await connection.send(...GET);
  return await connection.response();
}

const SLOW: readonly (readonly [name: string, lines: readonly string[], seconds: number])[] = [
  ["a client that sends nothing is cut after 10 seconds", [], 10],
  [
    "a client that sends a head that does not end is cut after 10 seconds",
    ["GET / HTTP/1.1", "X:"],
    10,
  ],
  ["a client that sends a body that does not end is cut after 60 seconds", [
    "POST / HTTP/1.1",
    "Host: x",
    "Content-Length: 5",
    "",
    "abc",
  ], 60],
  ["a client that sends chunks that do not end is cut after 60 seconds", [
    "POST / HTTP/1.1",
    "Host: x",
    "Transfer-Encoding: chunked",
    "",
    "3",
    "ab",
  ], 60],
];

for (const [name, lines, seconds] of SLOW) {
  Deno.test(name, async () => {
    const begun = Promise.withResolvers<void>();
    await using served = new Served(async (request) => {
      begun.resolve();
      return await echo(request);
    });
    using connection = await served.connect();
    await connection.send(...lines);
    // Later than this connection is.
    using other = await served.connect();
    await get(other);
    if (seconds > 10) await begun.promise;
    await served.clock.advance(seconds * SECOND);
    using third = await served.connect();
    assert.ok(await get(third));
    await served.clock.advance(5 * SECOND);
    assert.equal(await connection.response(), undefined);
    assert.ok(await get(third));
  });
}

Deno.test("an idle connection is kept for three minutes after each request", async () => {
  await using served = new Served(echo);
  using connection = await served.connect();
  for (let request = 0; request < 3; request++) {
    assert.deepEqual(await get(connection), [200, "GET /"]);
    await served.clock.advance(2 * MINUTE + 50 * SECOND);
  }
  await served.clock.advance(15 * SECOND);
  assert.equal(await connection.response(), undefined);
});

Deno.test("a response may take as long as it takes", async () => {
  const { handler, resolve, until } = waiting();
  await using served = new Served(handler);
  using connection = await served.connect();
  await connection.send(...GET);
  await until(1);
  await served.clock.advance(10 * MINUTE);
  resolve();
  assert.deepEqual(await connection.response(), [200, "late"]);
});

Deno.test("when there are too many connections, those that were never used make room first", async () => {
  await using served = new Served(echo, 4);
  using stack = new DisposableStack();
  const used = stack.use(await served.connect());
  await get(used);
  const unused = stack.use(await served.connect());
  await unused.send("GET / HTTP/1.1");
  for (let number = 0; number < 20; number++) {
    const stranger = stack.use(await served.connect());
    await stranger.send("GET / HTTP/1.1");
    using newest = await served.connect();
    assert.deepEqual(await get(newest), [200, "GET /"]);
  }
  assert.equal(await unused.response(), undefined);
  assert.deepEqual(await get(used), [200, "GET /"]);
  const logs = await served.logs;
  assert.deepEqual(logs.at("warning").map(([event]) => event), [
    "connections closed",
  ]);
});

Deno.test("when there are too many connections, the one that was used longest ago makes room", async () => {
  await using served = new Served(echo, 3);
  using stack = new DisposableStack();
  const [first, second, third] = [
    stack.use(await served.connect()),
    stack.use(await served.connect()),
    stack.use(await served.connect()),
  ];
  for (const connection of [first, second, third, first]) await get(connection);
  // Who was used a moment ago stays.
  using early = await served.connect();
  assert.equal(await early.response(), undefined);
  await served.clock.advance(SECOND);
  const fourth = stack.use(await served.connect());
  assert.deepEqual(await get(fourth), [200, "GET /"]);
  assert.equal(await second.response(), undefined);
  for (const connection of [first, third, fourth]) {
    assert.deepEqual(await get(connection), [200, "GET /"]);
  }
});

Deno.test("a connection with a request in progress is never closed for another", async () => {
  const { handler, resolve, until } = waiting();
  await using served = new Served(handler, 2);
  using first = await served.connect();
  using second = await served.connect();
  for (const connection of [first, second]) await connection.send(...GET);
  await until(2);
  using third = await served.connect();
  assert.equal(await third.response(), undefined);
  resolve();
  for (const connection of [first, second]) {
    assert.deepEqual(await connection.response(), [200, "late"]);
  }
});

Deno.test("a client that does not read its responses makes room, and is cut after a minute", async () => {
  await using served = new Served(() => new Response("x".repeat(1_000_000)), 2);
  for (const isReplaced of [true, false]) {
    using unread = await served.connect();
    // More than the system takes in advance.
    await unread.send(...Array.from({ length: 20 }, () => GET.slice(0, -1)).flat(), "");
    using other = await served.connect();
    assert.ok(await get(other));
    if (isReplaced) {
      await served.clock.advance(SECOND);
      using third = await served.connect();
      assert.ok(await get(third));
    } else await served.clock.advance(65 * SECOND);
    await unread.rest();
    assert.ok(await get(other));
  }
});

Deno.test("when accepting fails, it is tried again, and it is logged once a minute", async () => {
  await using logs = await collectLogs();
  const clock = new FakeClock();
  let failures = 0;
  const closed = Promise.withResolvers<never>();
  const listener = {
    addr: { transport: "tcp" as const, hostname: "127.0.0.1", port: 1 },
    accept: () => {
      failures++;
      if (failures > 5) return closed.promise;
      return Promise.reject(new Error("Too many open files (os error 24)"));
    },
    close: () => closed.reject(new Deno.errors.BadResource()),
  };
  const server = serveHttp({ listener, handler: echo, maxConnections: 10, clock });
  for (let failure = 1; failure <= 5; failure++) {
    await idle();
    assert.equal(failures, failure);
    await clock.advance(100);
  }
  assert.equal(failures, 6);
  assert.equal(logs.at("warning").length, 1);
  await server.shutdown();
  assert.deepEqual(clock.pending(), []);
});

Deno.test("a shutdown closes idle connections, and lets requests in progress end", async () => {
  const { handler, resolve, until } = waiting();
  await using served = new Served(handler);
  using unused = await served.connect();
  using busy = await served.connect();
  await busy.send(...GET);
  await until(1);
  const finished = served.server.shutdown();
  assert.equal(await unused.response(), undefined);
  await assert.rejects(() => served.connect(), Deno.errors.ConnectionRefused);
  resolve();
  assert.match(await busy.rest(), /\r\nconnection: close\r\n[^]*late$/);
  await finished;
  assert.deepEqual(served.clock.pending(), []);
});

Deno.test("clients that go away in the middle leave nothing behind", async () => {
  await using served = new Served(async (request) => {
    return await echo(request).catch(() => new Response(null, { status: 400 }));
  });
  for (
    const lines of [[], ["GET /"], ["POST / HTTP/1.1", "Host: x", "Content-Length: 5", "", "a"]]
  ) {
    using connection = await served.connect();
    await connection.send(...lines);
  }
  assert.deepEqual(await served.exchange(GET[0] ?? "", "Host: x", "Connection: close", "", ""), [
    [200, "GET /"],
  ]);
});
