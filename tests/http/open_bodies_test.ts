import assert from "node:assert/strict";
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
