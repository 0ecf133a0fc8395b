import assert from "node:assert/strict";
import { openPool, type PooledConnection, type PoolOptions } from "../../src/net/pool.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";

class FakeConnection implements PooledConnection {
  isUsable = true;
  closed = 0;

  close(): Promise<void> {
    this.isUsable = false;
    this.closed++;
    return Promise.resolve();
  }
}

function setUp(options: Partial<PoolOptions> = {}) {
  const clock = new FakeClock();
  const opened: FakeConnection[] = [];
  const pool = openPool<FakeConnection>({
    clock,
    size: 2,
    maxIdle: 1000,
    aborted: () => new Error("aborted"),
    shouldRetry: () => false,
    ...options,
  });
  function open(): Promise<FakeConnection> {
    const connection = new FakeConnection();
    opened.push(connection);
    return Promise.resolve(connection);
  }
  type Work<Result> = (connection: FakeConnection, signal: AbortSignal) => Promise<Result>;
  const run = <Result>(work: Work<Result>, signal?: AbortSignal) => pool.run(open, work, signal);
  return { clock, opened, pool, run };
}

const nothing = () => Promise.resolve();

Deno.test("a pool uses the connection again that was used last", async () => {
  const { opened, pool, run } = setUp();
  await using _pool = pool;
  await Promise.all([run(nothing), run(nothing)]);
  const used = await run((connection) => Promise.resolve(connection));
  assert.equal(opened.length, 2);
  assert.equal(used, opened[1]);
});

Deno.test("a pool does not use a connection that was idle for too long", async () => {
  const { clock, opened, pool, run } = setUp();
  await using _pool = pool;
  await run(nothing);
  await clock.advance(999);
  await run(nothing);
  assert.equal(opened.length, 1);
  await clock.advance(1000);
  assert.equal(opened[0]?.closed, 0);
  await run(nothing);
  assert.equal(opened.length, 2);
  assert.equal(opened[0]?.closed, 1);
  assert.equal(clock.sleepers, 0);
});

Deno.test("a pool that closes idle connections does so when their time is over", async () => {
  const { clock, opened, pool, run } = setUp({ closesIdle: true });
  await using _pool = pool;
  await Promise.all([run(nothing), run(nothing)]);
  await clock.advance(500);
  await run(nothing);
  await clock.advance(500);
  assert.deepEqual(opened.map(({ closed }) => closed), [1, 0]);
  await clock.advance(500);
  assert.deepEqual(opened.map(({ closed }) => closed), [1, 1]);
  assert.equal(clock.sleepers, 0);
});

Deno.test("a pool keeps a connection after work that failed if it is usable", async () => {
  const { opened, pool, run } = setUp();
  await using _pool = pool;
  await assert.rejects(run(() => Promise.reject(new Error("refused"))), /refused/);
  await run(nothing);
  assert.equal(opened.length, 1);
  await assert.rejects(
    run((connection) => {
      connection.isUsable = false;
      return Promise.reject(new Error("broken"));
    }),
    /broken/,
  );
  assert.equal(opened[0]?.closed, 1);
});

Deno.test("a pool opens another connection after the uses that one may have", async () => {
  const { opened, pool, run } = setUp({ maxUses: 2 });
  await using _pool = pool;
  for (let n = 0; n < 3; n++) await run(nothing);
  assert.deepEqual(opened.map(({ closed }) => closed), [1, 0]);
});

Deno.test("a pool repeats work once, on a new connection, and retires the idle ones", async () => {
  const reused: boolean[] = [];
  const { opened, pool, run } = setUp({
    shouldRetry(_error, wasReused) {
      reused.push(wasReused);
      return true;
    },
  });
  await using _pool = pool;
  await Promise.all([run(nothing), run(nothing)]);
  const failure = run(() => Promise.reject(new Error("stale")));
  await assert.rejects(failure, /stale/);
  assert.deepEqual(reused, [true]);
  assert.equal(opened.length, 3);
  assert.equal(opened[0]?.closed, 1);
  await assert.rejects(run(() => Promise.reject(new Error("stale"))), /stale/);
  assert.deepEqual(reused, [true, true]);
});

Deno.test("a pool repeats no work that was aborted", async () => {
  const { opened, pool, run } = setUp({ shouldRetry: () => true });
  await using _pool = pool;
  const controller = new AbortController();
  const failure = run(() => {
    controller.abort();
    return Promise.reject(new Error("broken off"));
  }, controller.signal);
  await assert.rejects(failure, /broken off/);
  await assert.rejects(run(nothing, controller.signal), /aborted/);
  assert.equal(opened.length, 1);
});

Deno.test("a connection that cannot be opened leaves room for the next one", async () => {
  const { pool, run } = setUp({ size: 1 });
  await using _pool = pool;
  const refused = pool.run(() => Promise.reject(new Error("refused")), nothing, undefined);
  await assert.rejects(refused, /refused/);
  await run(nothing);
});

Deno.test("disposing of a pool aborts what runs and waits until all is closed", async () => {
  const { opened, pool, run } = setUp();
  await run(nothing);
  const started = Promise.withResolvers<void>();
  const working = run((_connection, signal) => {
    started.resolve();
    const { promise, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(new Error("stopped")));
    return promise;
  });
  const other = run(nothing);
  await started.promise;
  await other;
  const failure = assert.rejects(working, /stopped/);
  await pool[Symbol.asyncDispose]();
  await failure;
  assert.deepEqual(opened.map(({ closed }) => closed), [1, 1]);
  await assert.rejects(run(nothing), /aborted/);
  await pool[Symbol.asyncDispose]();
});
