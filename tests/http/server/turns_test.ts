import assert from "node:assert/strict";
import { Connection } from "../../../src/http/server/connection.ts";
import { openTurns } from "../../../src/http/server/turns.ts";
import { RawConnection } from "../raw_connection.ts";
import { echo } from "./served.ts";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("work begins in order, for a limited time in each turn of the event loop", async () => {
  let now = 0;
  const turn = openTurns({ maxMs: 4, maxAtOnce: 4, clock: { monotonic: () => now } });
  const begun: number[] = [];
  const all = Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      using _turn = await turn();
      begun.push(index);
      now += 1;
    }),
  );
  for (let before = 0; before < 40; before = begun.length) {
    await nextTurn();
    // Four in a turn, and up to three that had begun when the time was over; perhaps in two turns.
    assert.ok(begun.length - before <= 14, `${begun.length - before} at once`);
  }
  await all;
  assert.deepEqual(begun, Array.from({ length: 40 }, (_, index) => index));
});

Deno.test("work that takes long begins alone, and what waits for something else holds nobody up", async () => {
  let now = 0;
  const turn = openTurns({ maxMs: 4, maxAtOnce: 2, clock: { monotonic: () => now } });
  const begun: number[] = [];
  const endless = Array.from({ length: 6 }, async (_, index) => {
    await turn();
    begun.push(index);
  });
  await Promise.all(endless);
  const long = Array.from({ length: 6 }, async (_, index) => {
    using _turn = await turn();
    begun.push(6 + index);
    now += 100;
  });
  for (let before = begun.length; before < 12; before = begun.length) {
    await nextTurn();
    assert.ok(begun.length - before <= 4, `${begun.length - before} at once`);
  }
  await Promise.all(long);
  assert.deepEqual(begun, Array.from({ length: 12 }, (_, index) => index));
});

Deno.test("the first request of a connection waits for its turn, the next ones do not", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, accepted] = await Promise.all([
    RawConnection.open(listener.addr.port),
    listener.accept(),
  ]);
  using _ = client;
  const asked = Promise.withResolvers<void>();
  const turn = Promise.withResolvers<Disposable>();
  const events: string[] = [];
  const connection = new Connection(accepted, {
    handler(request) {
      events.push("request");
      return echo(request);
    },
    onRefusal() {},
    onKept() {},
    firstTurn() {
      events.push("turn");
      asked.resolve();
      return turn.promise;
    },
    monotonic: () => 0,
    now: () => 0,
  });
  const served = connection.serve();
  const get = () => client.send("GET /a HTTP/1.1", "Host: localhost", "", "");
  await get();
  await asked.promise;
  await nextTurn();
  assert.deepEqual(events, ["turn"]);
  assert.ok(!connection.isLate(Number.MAX_VALUE), "the wait is not the client's");
  turn.resolve({ [Symbol.dispose]: () => void events.push("end") });
  assert.deepEqual(await client.response(), [200, "GET /a"]);
  await get();
  assert.deepEqual(await client.response(), [200, "GET /a"]);
  assert.deepEqual(events, ["turn", "request", "end", "request"]);
  connection.close();
  await served;
});
