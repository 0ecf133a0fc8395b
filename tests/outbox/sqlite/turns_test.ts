import assert from "node:assert/strict";
import { openTurns } from "../../../src/outbox/sqlite/turns.ts";

/** Writes that take some time each by a clock of their own, all begun at once. */
async function written(count: number, milliseconds: number): Promise<string[]> {
  let now = 0;
  const takeTurns = openTurns({ monotonic: () => now });
  const order: string[] = [];
  let ended = false;
  const others = (async () => {
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve));
      order.push("other");
    }
  })();
  await Promise.all(Array.from({ length: count }, (_, number) =>
    takeTurns(() => {
      now += milliseconds;
      order.push(`${number}`);
    })));
  ended = true;
  await others;
  return order;
}

Deno.test("short writes follow one another at once", async () => {
  assert.deepEqual((await written(9, 1)).slice(0, 9), [..."012345678"]);
});

Deno.test("others get their turn whenever writes have taken ten milliseconds, and the order stays", async () => {
  const order = await written(30, 4);
  assert.deepEqual(
    order.filter((entry) => entry !== "other"),
    Array.from({ length: 30 }, (_, number) => `${number}`),
  );
  const runs = order.join(" ").split("other").map((run) => run.trim().split(" "));
  for (const run of runs) assert.ok(run.length <= 3, run.join());
});

Deno.test("a write that fails counts, and the next one has its turn", async () => {
  let now = 0;
  const takeTurns = openTurns({ monotonic: () => now });
  const failed = takeTurns(() => {
    now += 20;
    throw new Error("disk full");
  });
  await assert.rejects(failed, /disk full/);
  let hasRun = false;
  const next = takeTurns(() => hasRun = true);
  assert.equal(hasRun, false);
  assert.equal(await next, true);
});
