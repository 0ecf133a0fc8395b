import assert from "node:assert/strict";
import { Connection } from "../../../src/http/server/connection.ts";
import { openTurns } from "../../../src/http/server/turns.ts";
import { RawConnection } from "../raw_connection.ts";
import { echo } from "./served.ts";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a limited number of callers have their turn in each turn of the event loop, in order", async () => {
  const turn = openTurns(4);
  const begun: number[] = [];
  const all = Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await turn();
      begun.push(index);
    }),
  );
  for (let before = 0; before < 40; before = begun.length) {
    await nextTurn();
    assert.ok(begun.length - before <= 8, `${begun.length - before} at once`);
  }
  await all;
  assert.deepEqual(begun, Array.from({ length: 40 }, (_, index) => index));
});

Deno.test("the first request of a connection waits for its turn, the next ones do not", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, accepted] = await Promise.all([
    RawConnection.open(listener.addr.port),
    listener.accept(),
  ]);
  using _ = client;
  const asked = Promise.withResolvers<void>();
  const turn = Promise.withResolvers<void>();
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
  turn.resolve();
  assert.deepEqual(await client.response(), [200, "GET /a"]);
  await get();
  assert.deepEqual(await client.response(), [200, "GET /a"]);
  assert.deepEqual(events, ["turn", "request", "request"]);
  connection.close();
  await served;
});
