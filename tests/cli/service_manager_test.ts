import assert from "node:assert/strict";
import { MINUTE } from "../../src/settings/duration.ts";
import { systemClock } from "../../src/system/clock.ts";
import { openServiceManager } from "../../src/system/service_manager.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { notifySocket } from "../process/notify_socket.ts";
import { serve, startServing } from "../process/program.ts";
import { thoroughTest } from "../thorough.ts";
import { makeWorkspace } from "./workspace.ts";

const NONE = { "threepid.medium.email.connector": "none" };

thoroughTest("the service tells systemd that it is ready, lives and stops", async () => {
  await using socket = await notifySocket();
  await using workspace = await makeWorkspace(NONE);
  await using service = await serve(workspace.folder, {
    NOTIFY_SOCKET: socket.path,
    WATCHDOG_USEC: "100000",
    TMPDIR: workspace.folder,
  });
  await socket.told("READY=1");
  await socket.told("WATCHDOG=1");
  const health = await fetch(`http://127.0.0.1:${workspace.port}/health`);
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), { status: "ok" });
  assert.equal((await service.stop()).code, 0, service.tail());
  await socket.told("STOPPING=1");
  const kinds = [...socket.messages.items].map((message) => message.split("=")[0]);
  assert.deepEqual(kinds.filter((kind) => kind !== "WATCHDOG"), ["STATUS", "READY", "STOPPING"]);
  // The socket of its own has no name any more.
  const entries = await Array.fromAsync(Deno.readDir(workspace.folder));
  const left = entries.map(({ name }) => name);
  assert.ok(!left.some((name) => name.startsWith("appservice-mxisd-")), left.join());
});

thoroughTest("a service that cannot listen is never ready", async () => {
  await using socket = await notifySocket();
  await using workspace = await makeWorkspace(NONE);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: workspace.port });
  await using service = await startServing(workspace.folder, { NOTIFY_SOCKET: socket.path });
  assert.equal((await service.ended).code, 4, service.tail());
  assert.deepEqual([...socket.messages.items], ["STATUS=starting"]);
});

thoroughTest(
  "a service that waits for its database tells systemd so, and is not ready",
  async () => {
    await using socket = await notifySocket();
    await using workspace = await makeWorkspace({
      ...NONE,
      "storage.backend": "postgresql",
      // Nothing listens there.
      "storage.provider.postgresql": {
        database: "//127.0.0.1:1/mxisd?sslmode=disable",
        username: "mxisd",
        password: "secret",
      },
    });
    await using service = await startServing(workspace.folder, { NOTIFY_SOCKET: socket.path });
    const waiting = "STATUS=waiting for the database\nEXTEND_TIMEOUT_USEC=60000000";
    await socket.told(waiting);
    assert.equal((await service.stop()).code, 0, service.tail());
    const [starting, ...more] = socket.messages.items;
    assert.equal(starting, "STATUS=starting");
    assert.ok(more.every((message) => message === waiting), more.join());
  },
);

Deno.test("signs of life come at half of the time that the unit allows", async () => {
  await using socket = await notifySocket();
  const clock = new FakeClock();
  const variables: Readonly<Record<string, string>> = {
    NOTIFY_SOCKET: socket.path,
    WATCHDOG_USEC: "120000000",
    WATCHDOG_PID: String(Deno.pid),
  };
  const stop = new AbortController();
  await using manager = await openServiceManager((name) => variables[name], clock);
  const watched = manager.watch(stop.signal);
  await clock.advance(2 * MINUTE);
  stop.abort();
  await watched;
  manager.tell("READY=1");
  await socket.told("READY=1");
  assert.equal(signsOfLife(socket.messages.items), 3);
});

Deno.test("a blocked event loop gives no signs of life", async () => {
  await using socket = await notifySocket();
  const variables: Readonly<Record<string, string>> = {
    NOTIFY_SOCKET: socket.path,
    WATCHDOG_USEC: "20000",
  };
  const stop = new AbortController();
  await using manager = await openServiceManager((name) => variables[name], systemClock);
  const watched = manager.watch(stop.signal);
  await socket.told("WATCHDOG=1");
  const before = signsOfLife(socket.messages.items);
  // As long as 50 signs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  stop.abort();
  await watched;
  manager.tell("READY=1");
  await socket.told("READY=1");
  assert.ok(signsOfLife(socket.messages.items) - before < 5);
});

function signsOfLife(messages: readonly string[]): number {
  return messages.filter((message) => message === "WATCHDOG=1").length;
}

for (
  const [what, variables] of [
    ["nobody asks for them", {}],
    ["another process is watched", { WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" }],
    ["the time is no number", { WATCHDOG_USEC: "soon" }],
    ["the time is 0", { WATCHDOG_USEC: "0" }],
  ] as const
) {
  Deno.test(`there are no signs of life where ${what}`, async () => {
    await using socket = await notifySocket();
    const all: Readonly<Record<string, string>> = { NOTIFY_SOCKET: socket.path, ...variables };
    await using manager = await openServiceManager((name) => all[name], systemClock);
    await manager.watch(new AbortController().signal);
    manager.tell("READY=1");
    await socket.told("READY=1");
    assert.deepEqual([...socket.messages.items], ["STATUS=starting", "READY=1"]);
  });
}

for (const path of ["@abstract", "relative/path"]) {
  Deno.test(`a socket that cannot be reached (${path}) is told once, and holds nothing up`, async () => {
    await using logs = await collectLogs();
    await using manager = await openServiceManager(
      (name) => name === "NOTIFY_SOCKET" ? path : undefined,
      systemClock,
    );
    manager.tell("READY=1");
    await manager.watch(new AbortController().signal);
    assert.deepEqual(logs.at("warning").map(([event]) => event), ["service manager not told"]);
  });
}

Deno.test("a socket that nobody has is told once", async () => {
  await using logs = await collectLogs();
  await using manager = await openServiceManager(
    (name) => name === "NOTIFY_SOCKET" ? "/nowhere/notify" : undefined,
    systemClock,
  );
  manager.tell("READY=1");
  manager.tell("READY=1");
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(logs.at("warning").map(([event]) => event), ["service manager not told"]);
});
