import assert from "node:assert/strict";
import { openTurns } from "../../../src/app/swap/turns.ts";
import { idle } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

/** Parts whose work ends when the test says so, after the signal. */
class FakePart implements AsyncDisposable {
  state: "new" | "works" | "stopping" | "ended" | "disposed" = "new";
  readonly #ended = Promise.withResolvers<void>();

  constructor(readonly onDispose: () => void = () => {}) {}

  async work(signal: AbortSignal): Promise<void> {
    this.state = "works";
    signal.addEventListener("abort", () => this.state = "stopping", { once: true });
    if (signal.aborted) this.state = "stopping";
    await this.#ended.promise;
    this.state = "ended";
  }

  end(): void {
    this.#ended.resolve();
  }

  fail(error: Error): void {
    this.#ended.reject(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.state = "disposed";
    return Promise.try(this.onDispose);
  }
}

const work = (part: FakePart, signal: AbortSignal) => part.work(signal);

Deno.test("new parts take over at once, and those before finish what they have begun", async () => {
  const [first, second] = [new FakePart(), new FakePart()];
  const turns = openTurns(first, work);
  const stop = new AbortController();
  const running = turns.run(stop.signal);
  assert.equal(first.state, "works");

  turns.replace(second);
  assert.equal(turns.current, second);
  await idle();
  assert.deepEqual([first.state, second.state], ["stopping", "works"]);
  first.end();
  await idle();
  assert.deepEqual([first.state, second.state], ["disposed", "works"]);

  stop.abort();
  second.end();
  await running;
  assert.equal(second.state, "ended");
  await turns[Symbol.asyncDispose]();
  assert.equal(second.state, "disposed");
});

Deno.test("the end waits for parts that were replaced and still have something in flight", async () => {
  const parts = [new FakePart(), new FakePart(), new FakePart()] as const;
  const turns = openTurns<FakePart>(parts[0], work);
  const stop = new AbortController();
  let hasEnded = false;
  const running = turns.run(stop.signal).then(() => void (hasEnded = true));
  turns.replace(parts[1]);
  turns.replace(parts[2]);
  stop.abort();
  parts[2].end();
  parts[0].end();
  await idle();
  assert.equal(hasEnded, false);
  parts[1].end();
  await running;
  assert.deepEqual(parts.map(({ state }) => state), ["disposed", "disposed", "ended"]);
});

Deno.test("parts that are replaced before they work are disposed of, and never work", async () => {
  const [first, second] = [new FakePart(), new FakePart()];
  const turns = openTurns(first, work);
  turns.replace(second);
  await idle();
  assert.deepEqual([first.state, second.state], ["disposed", "new"]);
  await turns[Symbol.asyncDispose]();
  assert.equal(second.state, "disposed");
});

Deno.test("a failure of parts that were replaced ends the others as well", async () => {
  const [first, second] = [new FakePart(), new FakePart()];
  const turns = openTurns(first, work);
  const running = assert.rejects(turns.run(new AbortController().signal), /the database is gone/);
  turns.replace(second);
  first.fail(new Error("the database is gone"));
  await idle();
  assert.equal(second.state, "stopping");
  second.end();
  await running;
  await turns[Symbol.asyncDispose]();
});

Deno.test("replaced parts that cannot be closed are logged, and the service goes on", async () => {
  await using logs = await collectLogs();
  const first = new FakePart(() => {
    throw new Error("already closed");
  });
  const second = new FakePart();
  const turns = openTurns(first, work);
  const stop = new AbortController();
  const running = turns.run(stop.signal);
  turns.replace(second);
  first.end();
  await idle();
  assert.deepEqual(logs.at("error").map(([event]) => event), ["replaced parts not closed"]);
  assert.equal(second.state, "works");
  stop.abort();
  second.end();
  await running;
  await turns[Symbol.asyncDispose]();
});
