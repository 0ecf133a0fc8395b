import assert from "node:assert/strict";
import { keepListening, type Server } from "../../src/app/keep_listening.ts";
import { MINUTE, SECOND } from "../../src/settings/duration.ts";
import { FakeClock, idle } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

class ScriptedServer implements Server {
  readonly addr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  readonly #finished = Promise.withResolvers<void>();
  readonly finished: Promise<void> = this.#finished.promise;

  constructor(readonly cut: AbortSignal) {}

  fail(): void {
    this.#finished.reject(new Error("Too many open files (os error 24)"));
  }

  shutdown(): Promise<void> {
    this.#finished.resolve();
    return this.finished;
  }
}

function scripted() {
  const clock = new FakeClock();
  const servers: ScriptedServer[] = [];
  const state = { opens: true, hasSpare: true };
  const listener = keepListening({
    open(cut) {
      if (!state.opens) throw new Deno.errors.AddrInUse("Address already in use");
      const server = new ScriptedServer(cut);
      servers.push(server);
      return server;
    },
    canOpen: () => state.hasSpare,
    clock,
  });
  const cuts = () => servers.map(({ cut }) => cut.aborted);
  return { listener, clock, servers, state, cuts };
}

Deno.test("when accepting fails, all connections are closed, and the service listens again", async () => {
  await using logs = await collectLogs();
  const { listener, clock, servers, cuts } = scripted();
  for (let failure = 0; failure < 3; failure++) {
    servers.at(-1)?.fail();
    await idle();
  }
  assert.deepEqual(cuts(), [true, true, true, false]);
  // Once a minute.
  assert.equal(logs.at("warning").length, 1);
  await clock.advance(MINUTE);
  servers.at(-1)?.fail();
  await idle();
  assert.equal(logs.at("warning").length, 2);
  await listener.shutdown();
  await listener.finished;
  assert.deepEqual(clock.pending(), []);
});

Deno.test("when hardly any file can be opened, all connections are closed", async () => {
  await using _logs = await collectLogs();
  const { listener, clock, state, cuts } = scripted();
  await clock.advance(5 * SECOND);
  assert.deepEqual(cuts(), [false]);
  state.hasSpare = false;
  await clock.advance(5 * SECOND);
  assert.deepEqual(cuts(), [true, false]);
  // That did not help: it is not done again at once.
  await clock.advance(50 * SECOND);
  assert.deepEqual(cuts(), [true, false]);
  state.hasSpare = true;
  await listener.shutdown();
});

Deno.test("a port that cannot be opened again is tried with growing pauses", async () => {
  await using _logs = await collectLogs();
  const { listener, clock, servers, state } = scripted();
  state.opens = false;
  servers[0]?.fail();
  await idle();
  assert.deepEqual(clock.pending(), [100]);
  await clock.advance(100);
  assert.deepEqual(clock.pending(), [200]);
  state.opens = true;
  await clock.advance(200);
  assert.equal(servers.length, 2);
  await listener.shutdown();
});

Deno.test("a listener that cannot be opened again can be shut down", async () => {
  await using _logs = await collectLogs();
  const { listener, servers, state } = scripted();
  state.opens = false;
  servers[0]?.fail();
  await idle();
  await listener.shutdown();
  await listener.finished;
});
