import assert from "node:assert/strict";
import { StoreError } from "../../../src/identity/port.ts";
import { openSqlPool, type SqlConnection } from "../../../src/identity/sql/pool.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

/** Connections that are counted. */
class Connections {
  readonly made: FakeConnection[] = [];
  refusal: StoreError | undefined;

  // deno-lint-ignore require-await -- a refusal has to become a rejection
  readonly connect = async (): Promise<SqlConnection> => {
    if (this.refusal) throw this.refusal;
    const connection = new FakeConnection();
    this.made.push(connection);
    return connection;
  };
}

class FakeConnection implements SqlConnection {
  isUsable = true;
  closed = 0;
  failure: StoreError | undefined;
  #ended = Promise.withResolvers<never>();

  async read<Result>(work: Parameters<SqlConnection["read"]>[0]): Promise<Result> {
    this.#ended.promise.catch(() => {});
    if (this.failure) throw this.failure;
    const result = work(() => Promise.resolve([]));
    return await Promise.race([result, this.#ended.promise]) as Result;
  }

  destroy(): void {
    this.isUsable = false;
    this.#ended.reject(new StoreError("sql", "temporary", "gone"));
  }

  // deno-lint-ignore require-await -- the interface has it so
  async close(): Promise<void> {
    this.closed++;
    this.isUsable = false;
  }
}

function setUp(size = 2) {
  const clock = new ManualClock();
  const connections = new Connections();
  const { connect } = connections;
  const pool = openSqlPool({ store: "sql", clock, size, connect });
  return { clock, connections, pool };
}

const nothing = () => Promise.resolve(undefined);
const temporary = { name: "StoreError", kind: "temporary" };

Deno.test("pool: one connection serves one lookup after another", async () => {
  const { connections, pool } = setUp();
  for (let n = 0; n < 3; n++) assert.equal(await pool.read(() => Promise.resolve(n)), n);
  assert.equal(connections.made.length, 1);
  await pool[Symbol.asyncDispose]();
  assert.equal(connections.made[0]?.closed, 1);
});

Deno.test("pool: connections are limited, and lookups wait in order", async () => {
  const { connections, pool } = setUp(2);
  const order: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const lookups = gates.map((gate, n) =>
    pool.read(async () => {
      order.push(n);
      await gate.promise;
    })
  );
  for (const [n, gate] of gates.entries()) {
    gate.resolve();
    await lookups[n];
  }
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.equal(connections.made.length, 2);
});

Deno.test("pool: a lookup that is aborted while it waits leaves the queue", async () => {
  const { connections, pool } = setUp(1);
  const gate = Promise.withResolvers<void>();
  const first = pool.read(() => gate.promise);
  const controller = new AbortController();
  const second = pool.read(nothing, { signal: controller.signal });
  const third = pool.read(nothing);
  controller.abort();
  await assert.rejects(second, temporary);
  gate.resolve();
  await Promise.all([first, third]);
  await pool.read(nothing);
  assert.equal(connections.made.length, 1);
});

Deno.test("pool: aborting a lookup ends its connection", async () => {
  const { connections, pool } = setUp(1);
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const lookup = pool.read(() => {
    resolve();
    return new Promise(() => {});
  }, { signal: controller.signal });
  await promise;
  controller.abort();
  await assert.rejects(lookup, { message: "sql: the lookup was aborted" });
  assert.equal(connections.made[0]?.isUsable, false);
  await pool.read(nothing);
  assert.equal(connections.made.length, 2);
});

Deno.test("pool: a lookup on an old connection that fails is repeated on a new one", async () => {
  const { connections, pool } = setUp();
  await pool.read(nothing);
  const [old] = connections.made;
  assert.ok(old);
  old.failure = new StoreError("sql", "temporary", "the connection has ended");
  assert.equal(await pool.read(() => Promise.resolve("found")), "found");
  assert.equal(connections.made.length, 2);
  assert.equal(old.isUsable, false);
});

Deno.test("pool: a lookup that fails for the configuration is not repeated", async () => {
  const { connections, pool } = setUp();
  await pool.read(nothing);
  const [old] = connections.made;
  assert.ok(old);
  old.failure = new StoreError("sql", "misconfigured", "no such table");
  await assert.rejects(pool.read(nothing), { message: "sql: no such table" });
  assert.equal(connections.made.length, 1);
});

Deno.test("pool: a connection that ended or was idle for a minute is not used again", async () => {
  const { clock, connections, pool } = setUp();
  await pool.read(nothing);
  connections.made[0]?.destroy();
  await pool.read(nothing);
  assert.equal(connections.made.length, 2);
  clock.advance(59_999);
  await pool.read(nothing);
  assert.equal(connections.made.length, 2);
  clock.advance(60_000);
  await pool.read(nothing);
  assert.equal(connections.made.length, 3);
  assert.equal(connections.made[1]?.isUsable, false);
});

Deno.test("pool: a refused connection does not count against the limit", async () => {
  const { connections, pool } = setUp(1);
  connections.refusal = new StoreError("sql", "temporary", "cannot connect");
  for (let n = 0; n < 3; n++) await assert.rejects(pool.read(nothing), temporary);
  connections.refusal = undefined;
  await pool.read(nothing);
});

Deno.test("pool: lookups during and after the disposal are refused", async () => {
  const { connections, pool } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  const lookup = pool.read(() => {
    resolve();
    return new Promise(() => {});
  });
  await promise;
  await pool[Symbol.asyncDispose]();
  await assert.rejects(lookup, temporary);
  await assert.rejects(pool.read(nothing), temporary);
  await pool[Symbol.asyncDispose]();
  assert.ok(connections.made.every(({ isUsable }) => !isUsable));
});
