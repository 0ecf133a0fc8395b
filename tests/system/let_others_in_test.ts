import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import {
  isLettingOthersIn,
  letOthersIn,
  openPace,
  runLast,
} from "../../src/system/let_others_in.ts";
import { rowTest } from "../thorough.ts";
import type { Asking } from "./asking_worker.ts";

const WORKS = 5;
const PIECE_MS = 2;
const REQUESTS = 30;

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const anotherThread = () => crypto.subtle.digest("SHA-256", new Uint8Array(8));
const immediate = () => new Promise<void>((resolve) => setImmediate(resolve));

// Whatever wakes the event loop between the pieces.
const BETWEEN: Readonly<Record<string, () => unknown>> = {
  "nothing": () => {},
  "work of another thread": anotherThread,
  "an immediate": immediate,
  "both": () => Promise.all([anotherThread(), immediate()]),
};

/** How many pieces of long work are done until a request that has come is read, for each request. */
async function piecesUntilRead(between: () => unknown): Promise<readonly number[]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const client = new Worker(new URL("asking_worker.ts", import.meta.url), { type: "module" });
  const asking: Asking = { port: listener.addr.port, requests: REQUESTS, done };
  client.postMessage(asking);
  using connection = await listener.accept();
  let isOver = false;
  const works = Array.from({ length: WORKS }, async () => {
    const pace = openPace();
    while (!isOver) {
      busy(PIECE_MS);
      Atomics.add(done, 0, 1);
      await between();
      await pace();
    }
  });
  const pieces: number[] = [];
  const request = new Int32Array(1);
  while (await connection.read(new Uint8Array(request.buffer)) !== null) {
    pieces.push(Atomics.load(done, 0) - (request[0] ?? NaN));
    await connection.write(new Uint8Array(1));
  }
  isOver = true;
  await Promise.all(works);
  client.terminate();
  return pieces.toSorted((a, b) => a - b);
}

for (const [what, between] of Object.entries(BETWEEN)) {
  rowTest(["nothing", "both"].includes(what))(
    `a request is read soon beside long work, with ${what} between its pieces`,
    async () => {
      const pieces = await piecesUntilRead(between);
      assert.equal(pieces.length, REQUESTS);
      // A round of all, and what 10 ms have room for. The machine may pause the other thread meanwhile.
      const median = pieces[REQUESTS / 2] ?? NaN;
      assert.ok(median <= 2 * WORKS, `${pieces}`);
    },
  );
}

Deno.test("all long work pauses at the same time, and goes on together", async () => {
  const steps: string[] = [];
  async function work(name: string): Promise<void> {
    const pace = openPace();
    steps.push(`${name} begins`);
    await pace();
    steps.push(`${name} goes on`);
  }
  const pause = letOthersIn().then(() => steps.push("pause is over"));
  const works = [work("first"), work("second")];
  await immediate();
  assert.ok(isLettingOthersIn());
  assert.deepEqual(steps, ["first begins", "second begins"]);
  await Promise.all([pause, ...works]);
  assert.deepEqual(steps.slice(2), ["pause is over", "first goes on", "second goes on"]);
  assert.ok(!isLettingOthersIn());
});

Deno.test("a pause in which other work ran goes on, but not for ever", async () => {
  let turns = 0;
  let isOver = false;
  const pause = letOthersIn().then(() => isOver = true);
  while (!isOver) {
    busy(10);
    turns++;
    await new Promise((resolve) => setTimeout(resolve));
  }
  await pause;
  assert.ok(turns >= 3 && turns <= 12, `${turns} turns`);
});

Deno.test("what runs last runs after what is ready, and not at all if it is prevented", async () => {
  const steps: string[] = [];
  runLast(() => steps.push("last"));
  const prevented = runLast(() => steps.push("prevented"));
  assert.ok(isLettingOthersIn());
  const ready = (async () => {
    for (let step = 0; step < 3; step++) await Promise.resolve();
    steps.push("ready");
  })();
  prevented[Symbol.dispose]();
  prevented[Symbol.dispose]();
  await immediate();
  await ready;
  assert.deepEqual(steps, ["ready", "last"]);
  assert.ok(!isLettingOthersIn());
});
