import assert from "node:assert/strict";
import { Circuit } from "../../src/notify/circuit.ts";
import { runWorker, type WorkerOptions } from "../../src/notify/worker.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import type { Outage } from "../../src/outbox/records.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { FakeHalt } from "../fakes/notify/halt.ts";
import { FakeClock, idle } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

interface Item {
  readonly own: boolean;
  readonly name: string;
  readonly due: number;
}

/** A queue in memory, a worker on it, and what the worker did. */
function harness(options: { concurrency?: number; maxWaiting?: number } = {}) {
  const clock = new FakeClock(0);
  const items: Item[] = [];
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  const handled: (readonly [string, number])[] = [];
  const halt = new FakeHalt();
  const state = {
    clock,
    halt,
    items,
    listeners,
    stop,
    handled,
    claims: 0,
    running: 0,
    most: 0,
    /** Whether what is due cannot be had: another replica was faster, say. */
    withheld: false,
    failures: [] as Error[],
    circuit: new Circuit(clock),
    /** What was stored of outages, in order. */
    outages: [] as (Outage | undefined)[],
    /** Until when deferred items were made due. */
    resumed: [] as number[],
    handle: (_: Item, _giveUpPlace: () => boolean): Promise<void> => Promise.resolve(),
    add(name: string, due: number, own = true): void {
      items.push({ own, name, due });
      for (const listener of listeners) listener();
    },
    run(): Promise<void> {
      return runWorker(worker, stop.signal);
    },
  };
  const worker: WorkerOptions<Item> = {
    work: "mails",
    clock,
    concurrency: options.concurrency ?? 2,
    halt,
    circuit: state.circuit,
    maxWaiting: options.maxWaiting,
    outbox: {
      nextDue(_work, ownOnly = false) {
        const dues = items.filter(({ own }) => own || !ownOnly).map(({ due }) => due);
        return Promise.resolve(dues.length > 0 ? Math.min(...dues) : undefined);
      },
      onWork(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    resume(before) {
      state.resumed.push(before);
      return Promise.resolve(0);
    },
    storeOutage(outage) {
      state.outages.push(outage);
      return Promise.resolve();
    },
    claim(count, strangers) {
      assert.ok(count > 0, "with both hands full it asks for more");
      state.claims++;
      const failure = state.failures.shift();
      if (failure) return Promise.reject(failure);
      const isDue = (item: Item) => !state.withheld && item.due <= clock.now();
      const due = [
        ...items.filter((item) => item.own && isDue(item)),
        ...items.filter((item) => !item.own && isDue(item)).slice(0, strangers),
      ].slice(0, count);
      for (const item of due) items.splice(items.indexOf(item), 1);
      return Promise.resolve(due);
    },
    async handle(item, giveUpPlace) {
      state.most = Math.max(state.most, ++state.running);
      try {
        await state.handle(item, giveUpPlace);
        handled.push([item.name, clock.now()]);
      } finally {
        state.running--;
      }
    },
  };
  return state;
}

const down = () => new OutboxError("unavailable", "the disk is full");

Deno.test("a worker sleeps until the next due time and not a moment less or more", async () => {
  const queue = harness();
  queue.add("a", 10 * SECOND);
  queue.add("b", 25 * SECOND);
  const done = queue.run();
  await queue.clock.advance(HOUR);
  assert.deepEqual(queue.handled, [["a", 10 * SECOND], ["b", 25 * SECOND]]);
  queue.stop.abort();
  await done;
});

Deno.test("a worker with nothing to do has no timer, and claims nothing", async () => {
  const queue = harness();
  const done = queue.run();
  await queue.clock.advance(HOUR);
  assert.deepEqual([queue.claims, queue.clock.sleeps, queue.clock.pending()], [1, 0, []]);
  queue.stop.abort();
  await done;
});

Deno.test("strangers' items take half of the places, and own ones go beside them at once", async () => {
  const queue = harness({ concurrency: 4 });
  const slow = Promise.withResolvers<void>();
  queue.handle = ({ own }) => own ? Promise.resolve() : slow.promise;
  for (let number = 0; number < 5; number++) queue.add(`stranger ${number}`, 0, false);
  const done = queue.run();
  await queue.clock.advance(HOUR);
  assert.deepEqual([queue.running, queue.items.length], [2, 3]);
  assert(queue.claims <= 2, "what may not be claimed is not asked for again and again");
  queue.add("own", queue.clock.now());
  await idle();
  assert.deepEqual(queue.handled.map(([name]) => name), ["own"]);
  slow.resolve();
  await queue.clock.advance(SECOND);
  assert.equal(queue.handled.length, 6);
  queue.stop.abort();
  await done;
});

Deno.test("a single place is for strangers' items too", async () => {
  const queue = harness({ concurrency: 1 });
  queue.add("stranger", 0, false);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  assert.deepEqual(queue.handled.map(([name]) => name), ["stranger"]);
  queue.stop.abort();
  await done;
});

Deno.test("a commit wakes a worker at once", async () => {
  const queue = harness();
  const done = queue.run();
  await queue.clock.advance(SECOND);
  queue.add("a", SECOND);
  await idle();
  assert.deepEqual(queue.handled, [["a", SECOND]]);
  queue.stop.abort();
  await done;
});

Deno.test("a commit of something that is due earlier shortens a worker's sleep", async () => {
  const queue = harness();
  queue.add("late", MINUTE);
  const done = queue.run();
  await idle();
  queue.add("early", SECOND);
  await queue.clock.advance(2 * SECOND);
  assert.deepEqual(queue.handled, [["early", SECOND]]);
  assert.deepEqual(queue.clock.pending(), [MINUTE - 2 * SECOND], "the old timer is gone");
  queue.stop.abort();
  await done;
});

Deno.test("a worker reads the clock again within ten minutes, however far off its work is", async () => {
  const queue = harness();
  // So far off it looks to a machine without a battery until it hears from a time server.
  queue.add("a", 2000 * DAY);
  const done = queue.run();
  await idle();
  assert.deepEqual(queue.clock.pending(), [10 * MINUTE]);
  await queue.clock.advance(HOUR);
  assert.deepEqual([queue.handled, queue.claims], [[], 7]);
  queue.stop.abort();
  await done;
});

Deno.test("a worker never works on more items than its concurrency allows", async () => {
  const queue = harness({ concurrency: 3 });
  for (let place = 0; place < 10; place++) queue.add(`${place}`, 0);
  queue.handle = () => queue.clock.sleep(SECOND);
  const done = queue.run();
  await queue.clock.advance(HOUR);
  assert.equal(queue.most, 3);
  assert.deepEqual(queue.handled.map(([, at]) => at / SECOND), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
  queue.stop.abort();
  await done;
});

Deno.test("a slow item does not block the others", async () => {
  const queue = harness({ concurrency: 2 });
  queue.handle = ({ name }) => name === "slow" ? queue.clock.sleep(HOUR) : Promise.resolve();
  queue.add("slow", 0);
  for (let place = 0; place < 5; place++) queue.add(`${place}`, 0);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  assert.deepEqual(queue.handled.map(([name]) => name), ["0", "1", "2", "3", "4"]);
  queue.stop.abort();
  await queue.clock.advance(HOUR);
  await done;
});

Deno.test("a worker that finds nothing although something is due does not spin", async () => {
  const queue = harness();
  const done = queue.run();
  await idle();
  const claims = queue.claims;
  queue.withheld = true;
  queue.add("not to be had", 0);
  await queue.clock.advance(SECOND);
  assert.ok(queue.claims - claims <= 60, `${queue.claims - claims} claims in a second`);
  queue.stop.abort();
  await done;
});

Deno.test("a worker goes on after the database has failed", async () => {
  await using logs = await collectLogs();
  const queue = harness();
  queue.failures = [down(), down()];
  queue.add("a", 0);
  const done = queue.run();
  await idle();
  assert.deepEqual(queue.clock.pending(), [2 * SECOND]);
  await queue.clock.advance(4 * SECOND);
  assert.deepEqual(queue.handled, [["a", 4 * SECOND]]);
  assert.equal(logs.at("error").filter(([text]) => text === "database unavailable").length, 2);
  queue.stop.abort();
  await done;
});

Deno.test("an item that fails is logged, and the worker goes on", async () => {
  await using logs = await collectLogs();
  const queue = harness({ concurrency: 1 });
  queue.handle = ({ name }) =>
    name === "bad" ? Promise.reject(new Error("bug")) : Promise.resolve();
  queue.add("bad", 0);
  queue.add("good", 0);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  assert.deepEqual(queue.handled.map(([name]) => name), ["good"]);
  assert.deepEqual(logs.at("error").map(([text]) => text), ["work failed"]);
  queue.stop.abort();
  await done;
});

Deno.test("so is an item whose handler throws synchronously", async () => {
  await using _logs = await collectLogs();
  const queue = harness({ concurrency: 1 });
  queue.handle = () => {
    throw new Error("bug");
  };
  queue.add("bad", 0);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  assert.equal(queue.items.length, 0);
  queue.stop.abort();
  await done;
});

Deno.test("a defect in claiming is logged, and the worker goes on after a minute", async () => {
  await using logs = await collectLogs();
  const queue = harness();
  queue.failures = [new TypeError("a bug"), new TypeError("a bug")];
  queue.add("a", 0);
  const done = queue.run();
  await idle();
  assert.deepEqual(queue.clock.pending(), [MINUTE]);
  await queue.clock.advance(3 * MINUTE);
  assert.deepEqual(queue.handled, [["a", 2 * MINUTE]]);
  assert.deepEqual(logs.at("error").map(([text]) => text), ["work failed", "work failed"]);
  queue.stop.abort();
  await done;
});

Deno.test("a commit does not end the pause after a defect", async () => {
  await using logs = await collectLogs();
  const queue = harness();
  queue.failures = Array.from({ length: 5 }, () => new TypeError("a bug"));
  const done = queue.run();
  await idle();
  for (let number = 0; number < 100; number++) queue.add(`${number}`, 0);
  await queue.clock.advance(MINUTE);
  assert.equal(logs.at("error").length, 2);
  queue.stop.abort();
  await done;
});

Deno.test("a database whose files are lost ends a worker, after what is in flight", async () => {
  const queue = harness();
  queue.handle = () => queue.clock.sleep(SECOND);
  queue.add("a", 0);
  const done = assert.rejects(queue.run(), /it was renamed/);
  await idle();
  queue.failures = [new OutboxError("lost", "it was renamed")];
  queue.add("b", HOUR);
  await queue.clock.advance(SECOND);
  await done;
  assert.deepEqual(queue.handled, [["a", SECOND]]);
  assert.equal(queue.listeners.size, 0);
});

Deno.test("in an outage a worker tries one item at a time, and goes on when it is over", async () => {
  await using logs = await collectLogs();
  const queue = harness({ concurrency: 4 });
  let isDown = true;
  queue.handle = ({ name }) => {
    if (!isDown) queue.circuit.succeeded();
    else queue.circuit.failed(name, { reason: `${name} refused` });
    return Promise.resolve();
  };
  for (let number = 0; number < 100; number++) queue.add(`${number}`, 0);
  const done = queue.run();
  await queue.clock.advance(5 * SECOND);
  assert.deepEqual([queue.handled.length, queue.clock.pending()], [4, [5 * SECOND]]);
  await queue.clock.advance(25 * SECOND);
  assert.equal(queue.handled.length, 6, "one after 10 seconds, one after 20 more");
  const since = queue.clock.now() - 30 * SECOND;
  assert.deepEqual(queue.outages, [
    undefined,
    { since, probeAt: since + 10 * SECOND, reason: "2 refused" },
    { since, probeAt: since + 30 * SECOND, reason: "4 refused" },
    { since, probeAt: since + 70 * SECOND, reason: "5 refused" },
  ]);
  queue.add("new", queue.clock.now());
  await queue.clock.advance(39 * SECOND);
  assert.equal(queue.handled.length, 6, "new ones wait as well");
  isDown = false;
  await queue.clock.advance(2 * SECOND);
  assert.equal(queue.handled.length, 101);
  assert.deepEqual(queue.resumed.length, 1);
  assert.deepEqual([queue.outages.length, queue.outages.at(-1)], [5, undefined]);
  assert.deepEqual(logs.at("error"), [["outage began", { work: "mails" }]]);
  assert.deepEqual(logs.at("info"), [["outage over", { work: "mails", resumed: 0 }]]);
  queue.stop.abort();
  await done;
});

Deno.test("a stop claims no more, and waits for what is in flight", async () => {
  const queue = harness();
  queue.handle = () => queue.clock.sleep(5 * SECOND);
  queue.add("a", 0);
  let stopped = false;
  const done = queue.run().then(() => stopped = true);
  await idle();
  queue.stop.abort();
  queue.add("b", 0);
  await queue.clock.advance(4 * SECOND);
  assert.equal(stopped, false);
  await queue.clock.advance(SECOND);
  await done;
  assert.deepEqual(queue.handled.map(([name]) => name), ["a"]);
  assert.deepEqual([queue.listeners.size, queue.clock.pending().length], [0, 0]);
});

Deno.test("a worker that is stopped before it starts claims nothing", async () => {
  const queue = harness();
  queue.add("a", 0);
  queue.stop.abort();
  await queue.run();
  assert.deepEqual([queue.claims, queue.listeners.size], [0, 0]);
});

Deno.test("items that only wait give up their places, up to a number", async () => {
  const queue = harness({ concurrency: 1, maxWaiting: 2 });
  const reply = Promise.withResolvers<void>();
  const given: boolean[] = [];
  queue.handle = ({ name }, giveUpPlace) => {
    if (!name.startsWith("slow")) return Promise.resolve();
    given.push(giveUpPlace());
    return reply.promise;
  };
  for (const name of ["slow 1", "slow 2", "fast", "slow 3", "last"]) queue.add(name, 0);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  assert.deepEqual(given, [true, true, false]);
  assert.deepEqual(queue.handled.map(([name]) => name), ["fast"]);
  reply.resolve();
  await queue.clock.advance(SECOND);
  const names = queue.handled.map(([name]) => name);
  assert.deepEqual(names.toSorted(), ["fast", "last", "slow 1", "slow 2", "slow 3"]);
  queue.stop.abort();
  await done;
});

Deno.test("while it is held up, a worker claims nothing, and then all that is due", async () => {
  const queue = harness();
  queue.halt.remaining = MINUTE;
  queue.add("a", 0);
  queue.add("b", HOUR);
  const done = queue.run();
  await queue.clock.advance(MINUTE - 1);
  assert.deepEqual([queue.claims, queue.clock.pending()], [0, [1]]);
  queue.halt.end();
  await queue.clock.advance(0);
  assert.deepEqual(queue.handled, [["a", MINUTE - 1]]);
  queue.stop.abort();
  await done;
});

Deno.test("what is claimed already is finished while a worker is held up", async () => {
  const queue = harness();
  const slow = Promise.withResolvers<void>();
  queue.handle = () => slow.promise;
  queue.add("a", 0);
  const done = queue.run();
  await queue.clock.advance(SECOND);
  queue.halt.remaining = MINUTE;
  queue.add("b", 0);
  slow.resolve();
  await queue.clock.advance(MINUTE - 2 * SECOND);
  assert.deepEqual(queue.handled.map(([name]) => name), ["a"]);
  queue.stop.abort();
  await done;
});
