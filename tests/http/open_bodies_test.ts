import assert from "node:assert/strict";
import { refuseHttp2 } from "../../src/http/http2.ts";
import { limitOpenBodies } from "../../src/http/open_bodies.ts";
import { application, AUTHORIZED, outcome } from "../fakes/http/application.ts";
import { StopSite } from "../fakes/http/stop_site.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

/** A body of which some comes, and then nothing until it is closed. */
function unfinished(text = "x") {
  const state = { cancelled: false, close: () => {} };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      state.close = () => controller.close();
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

Deno.test("when too many bodies are open, a slow one makes room", async () => {
  const clock = new FakeClock();
  const bodies = limitOpenBodies({ max: 2, maxMs: 10_000, slowMs: 1000, clock });
  using first = bodies.begin();
  {
    using _complete = bodies.begin();
  }
  using second = bodies.begin();
  await clock.advance(999);
  assert.equal(bodies.begin(), undefined);
  assert.equal(first?.signal.aborted, false);
  await clock.advance(1);
  using third = bodies.begin();
  assert.deepEqual([first, second, third].map((body) => body?.signal.aborted), [
    true,
    false,
    false,
  ]);
  await clock.advance(9_000);
  assert.deepEqual([second, third].map((body) => body?.signal.aborted), [true, false]);
});

for (
  const [what, method, path, status] of [
    [
      "of many bodies without a token some are awaited, the rest is cut at once",
      "PUT",
      "/transactions/1",
      401,
    ],
    ["so it is with a wrong method", "DELETE", "/health", 405],
    ["so it is with an unknown path", "POST", "/nowhere", 404],
  ] as const
) {
  Deno.test(what, async () => {
    await using _logs = await collectLogs();
    const { app, bodies } = application();
    const open = Array.from({ length: 40 }, () => unfinished());
    const responses = open.map(({ body }) => app.request(path, { method, body }));
    for (const response of responses.slice(32)) {
      assert.equal((await outcome(await response))[0], status);
    }
    assert.deepEqual(
      open.map(({ state }) => state.cancelled),
      open.map((_, number) => number >= 32),
    );
    // The homeserver's are read all the same.
    const pushed = Array.from({ length: 40 }, (_, number) => {
      const init = { method: "PUT", headers: AUTHORIZED, body: "{}" };
      return app.request(`/transactions/${number}`, init);
    });
    for (const response of pushed) assert.equal((await response).status, 200);
    assert.equal(bodies.length, 40);

    for (const { state } of open.slice(0, 32)) state.close();
    for (const response of responses.slice(0, 32)) {
      assert.equal((await outcome(await response))[0], status);
    }
    const { body, state } = unfinished();
    const later = app.request(path, { method, body });
    state.close();
    assert.equal((await outcome(await later))[0], status);
    assert.equal(state.cancelled, false);
  });
}

Deno.test("unfinished forms make room for newer ones, so that nobody is kept out", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const open = Array.from({ length: 64 }, () => unfinished("stop=all"));
  const responses = open.map(({ body }) => site.app.request(path, { method: "POST", body }));
  const early = unfinished();
  const refused = await site.app.request(path, { method: "POST", body: early.body });
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "60"]);
  assert.match(await refused.text(), /<html lang="en"/);
  assert.equal(early.state.cancelled, true);

  await site.clock.advance(1000);
  assert.equal((await site.post(path, { stop: "inviter" })).status, 303);
  assert.deepEqual(await site.stopped(), ["inviter"]);
  assert.equal((await responses[0])?.status, 408);
  assert.deepEqual(open.map(({ state }) => state.cancelled), open.map((_, number) => number === 0));
  for (const { state } of open.slice(1)) state.close();
  // One link takes 20 changes an hour, and this is one of them.
  const statuses = (await Promise.all(responses.slice(1))).map(({ status }) => status);
  assert.deepEqual(statuses.filter((status) => status === 303).length, 19);
  assert.deepEqual(statuses.filter((status) => status !== 303), Array(44).fill(429));
});

const URL_OF_SERVICE = "http://localhost/_matrix/app/v1/transactions/1";
const HOST = { host: "localhost" };

function connection(port: number) {
  return { remoteAddr: { hostname: "127.0.0.1", port } };
}

Deno.test("a request without Host, as HTTP/2 has them, is refused unread", async () => {
  await using _logs = await collectLogs();
  let handled = 0;
  const handler = refuseHttp2(() => {
    handled++;
    return new Response();
  }, new FakeClock());
  const { body, state } = unfinished();
  const refused = await handler(
    new Request(URL_OF_SERVICE, { method: "PUT", body }),
    connection(1),
  );
  assert.deepEqual([refused.status, state.cancelled, handled], [505, true, 0]);
  await handler(new Request(URL_OF_SERVICE, { headers: HOST }), connection(1));
  await handler(new Request("http://localhost/health"), connection(1));
  assert.equal(handled, 2);
});

Deno.test("a second request on a connection, as HTTP/2 has them, is refused unread", async () => {
  await using _logs = await collectLogs();
  const { promise, resolve } = Promise.withResolvers<void>();
  const handler = refuseHttp2(() => promise.then(() => new Response()), new FakeClock());
  const request = () => new Request(URL_OF_SERVICE, { headers: HOST });
  const first = handler(request(), connection(1));
  const other = handler(request(), connection(2));
  assert.equal((await handler(request(), connection(1))).status, 505);
  resolve();
  assert.deepEqual([(await first).status, (await other).status], [200, 200]);
  assert.equal((await handler(request(), connection(1))).status, 200);
});
