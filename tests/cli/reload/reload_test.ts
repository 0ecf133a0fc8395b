import assert from "node:assert/strict";
import { parse } from "yaml";
import { notifySocket } from "../../process/notify_socket.ts";
import { type LogEvent, logEvent, serve, startServing } from "../../process/program.ts";
import type { Child } from "../../process/child.ts";
import { thoroughTest } from "../../thorough.ts";
import { run } from "../command_line.ts";
import { HS_TOKEN, makeWorkspace, type Workspace } from "../workspace.ts";

const NONE = { "threepid.medium.email.connector": "none" };
const RELOAD = { ...NONE, "server.reload": true };

/** Sends SIGHUP and waits for what the log says about it. */
async function hangUp(service: Child): Promise<LogEvent> {
  const before = service.lines.items.length;
  service.signal("SIGHUP");
  const line = await service.lines.find((line) =>
    service.lines.items.indexOf(line, before) >= before &&
    /^configuration (?:not )?reloaded$/.test(logEvent(line)?.event ?? "")
  );
  const event = logEvent(line);
  assert.ok(event);
  return event;
}

async function statusOf(workspace: Workspace, token: string): Promise<number> {
  const url = `http://127.0.0.1:${workspace.port}/_matrix/app/v1/ping`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: "{}" });
  await response.body?.cancel();
  return response.status;
}

thoroughTest(
  "SIGHUP is answered in the log where the permission to read files was given up",
  async () => {
    await using socket = await notifySocket();
    await using workspace = await makeWorkspace(NONE);
    await using service = await serve(workspace.folder, { NOTIFY_SOCKET: socket.path });
    await socket.told("READY=1");
    const { event, advice } = await hangUp(service);
    assert.equal(event, "configuration not reloaded");
    assert.match(String(advice), /server\.reload/);
    await socket.told("READY=1\nSTATUS=listening; configuration not reloaded");
    assert.equal(await statusOf(workspace, HS_TOKEN), 200);
    assert.equal((await service.stop()).code, 0, service.tail());
  },
);

thoroughTest("serve --reload reads the configuration again, whatever that says", async () => {
  await using workspace = await makeWorkspace(NONE);
  await using service = await startServing(workspace.folder, {}, "--reload");
  await service.line((line) => logEvent(line)?.event === "listening");
  await workspace.configure({
    ...NONE,
    "appsvc.endpoint.toAS.token": "another-hs-token-of-this-test",
  });
  for (const expected of [["appsvc.endpoint.toAS.token"], []]) {
    const { event, changed } = await hangUp(service);
    assert.deepEqual([event, changed], ["configuration reloaded", expected], service.tail());
  }
  assert.equal((await service.stop()).code, 0, service.tail());
});

Deno.test("SIGHUP puts another configuration into effect, and systemd is told", async () => {
  await using socket = await notifySocket();
  await using workspace = await makeWorkspace(RELOAD);
  await using service = await serve(workspace.folder, { NOTIFY_SOCKET: socket.path });
  await socket.told("READY=1");
  const booted = Deno.osUptime() * 1_000_000;
  const token = "another-hs-token-of-this-test";
  await workspace.configure({
    ...RELOAD,
    "appsvc.endpoint.toAS.token": token,
    "server.port": 1,
    "server.metrics.port": workspace.port,
  });
  const { event, changed } = await hangUp(service);
  assert.equal(event, "configuration reloaded", service.tail());
  assert.deepEqual(changed, ["appsvc.endpoint.toAS.token"]);
  const waiting = await service.line((line) => line.includes("settings wait for a restart"));
  assert.deepEqual(logEvent(waiting)?.keys, ["server.port", "server.metrics.port"]);
  assert.equal(await statusOf(workspace, HS_TOKEN), 403);
  assert.equal(await statusOf(workspace, token), 200);

  const reloading = await socket.told("RELOADING=1\n");
  const time = Number(/MONOTONIC_USEC=(\d+)$/.exec(reloading)?.[1]);
  // Not before the signal, else systemd would wait for ever.
  assert.ok(time >= booted && time < booted + 60_000_000, `${booted} ${reloading}`);
  const { items } = socket.messages;
  await socket.messages.find((text) =>
    items.indexOf(text) > items.indexOf(reloading) || text === "READY=1\nSTATUS=listening"
  );
  assert.equal((await service.stop()).code, 0, service.tail());
});

for (
  const [what, differences, expected] of [
    ["a wrong value", { "notify.delay": "soon" }, {
      key: "notify.delay",
      place: /mxisd\.yaml:\d+:\d+$/,
      reason: /duration|such as/,
    }],
    ["a program to run", {
      "threepid.medium.email.connector": undefined,
      "notification.handler.email": "sendmail",
    }, {
      key: undefined,
      place: undefined,
      reason: /permission to run programs.*restart/,
    }],
  ] as const
) {
  thoroughTest(
    `SIGHUP with a configuration that cannot be used (${what}) changes nothing`,
    async () => {
      await using workspace = await makeWorkspace(RELOAD);
      await using service = await serve(workspace.folder);
      await workspace.configure({
        ...RELOAD,
        ...differences,
        "appsvc.endpoint.toAS.token": "another-hs-token-of-this-test",
      });
      const { event, key, place, reason, advice } = await hangUp(service);
      assert.equal(event, "configuration not reloaded", service.tail());
      assert.equal(key, expected.key);
      assert.match(String(reason), expected.reason);
      if (expected.place) assert.match(String(place), expected.place);
      assert.match(String(advice), /goes on as before/);
      assert.equal(await statusOf(workspace, HS_TOKEN), 200);
      // Until it is corrected.
      await workspace.configure({ ...RELOAD, "notify.delay": "1m" });
      assert.equal((await hangUp(service)).event, "configuration reloaded");
      assert.equal((await service.stop()).code, 0, service.tail());
    },
  );
}

thoroughTest("a configuration that is missing changes nothing", async () => {
  await using workspace = await makeWorkspace(RELOAD);
  await using service = await serve(workspace.folder);
  await Deno.remove(workspace.path("mxisd.yaml"));
  const { event, reason } = await hangUp(service);
  assert.equal(event, "configuration not reloaded");
  assert.match(String(reason), /cannot be read/);
  assert.equal(await statusOf(workspace, HS_TOKEN), 200);
});

thoroughTest("secrets in variables and files are read again, and keep out of the log", async () => {
  const token = "hs-token-in-a-variable-of-this-test";
  await using workspace = await makeWorkspace(RELOAD);
  const secrets = {
    ...RELOAD,
    "appsvc.endpoint.toAS.token": { env: "MXISD_HS_TOKEN" },
    "appsvc.endpoint.toHS.token": { file: "as_token" },
  };
  await Deno.writeTextFile(workspace.path("as_token"), "an-as-token-of-this-test", { mode: 0o600 });
  await workspace.configure(secrets);
  await using service = await serve(workspace.folder, { MXISD_HS_TOKEN: token });
  await Deno.writeTextFile(workspace.path("as_token"), "another-as-token-of-this-test");
  const { event, changed } = await hangUp(service);
  assert.equal(event, "configuration reloaded", service.tail());
  assert.deepEqual(changed, ["appsvc.endpoint.toHS.token"]);
  assert.equal(await statusOf(workspace, token), 200);
  assert.equal((await service.stop()).code, 0, service.tail());
  assert.ok(!service.lines.items.some((line) => line.includes("token-of-this-test")));
});

thoroughTest(
  "a service that has read its configuration again still has its database locked",
  async () => {
    await using workspace = await makeWorkspace(RELOAD);
    await using service = await serve(workspace.folder);
    const { ino } = await Deno.stat(workspace.path("outbox.db"));
    // "1: POSIX  ADVISORY  READ  PID DEVICE:INODE START END": without it, whoever closes the database
    // takes its journal away.
    const locks = async () =>
      (await Deno.readTextFile("/proc/locks")).split("\n")
        .filter((line) => line.includes(` ${service.pid} `) && line.includes(`:${ino} `)).length;
    const before = await locks();
    assert.ok(before > 0);
    await workspace.configure({ ...RELOAD, "notify.delay": "1m" });
    assert.equal((await hangUp(service)).event, "configuration reloaded", service.tail());
    assert.equal(await locks(), before);
    assert.equal((await service.stop()).code, 0, service.tail());
  },
);

thoroughTest(
  "several signals at once, and one while the service starts, leave it running",
  async () => {
    await using workspace = await makeWorkspace(RELOAD);
    await using service = await startServing(workspace.folder);
    await service.line((line) => logEvent(line)?.event === "listening");
    for (let index = 0; index < 20; index++) service.signal("SIGHUP");
    assert.equal((await hangUp(service)).event, "configuration reloaded", service.tail());
    assert.equal(await statusOf(workspace, HS_TOKEN), 200);
    service.signal("SIGHUP");
    assert.equal((await service.stop()).code, 0, service.tail());
  },
);

thoroughTest("the hs_token is replaced step by step while the service runs", async () => {
  await using workspace = await makeWorkspace(RELOAD);
  const file = workspace.path("registration.yaml");
  const settings = {
    ...RELOAD,
    "appsvc.endpoint.toAS.token": undefined,
    "appsvc.registration.synapse.file": file,
  };
  const tokenNow = async () => parse(await Deno.readTextFile(file)).hs_token;
  await workspace.configure(settings);
  const register = ["register", "-c", workspace.path("mxisd.yaml")];
  assert.equal((await run(register)).code, 0);
  const old = await tokenNow();
  await using service = await serve(workspace.folder);

  assert.match((await run([...register, "--rotate"])).out, /^Step 1 of 3: /);
  await workspace.configure({
    ...settings,
    "appsvc.endpoint.toAS.previousToken": { file: `${file}.previous` },
  });
  const second = await run([...register, "--rotate"]);
  assert.match(second.out, /^Step 2 of 3: [^]* Reload this service: /);
  const present = await tokenNow();
  assert.deepEqual([await statusOf(workspace, old), await statusOf(workspace, present)], [
    ...[200, 403],
  ]);
  assert.equal((await hangUp(service)).event, "configuration reloaded", service.tail());
  assert.deepEqual([await statusOf(workspace, old), await statusOf(workspace, present)], [
    ...[200, 200],
  ]);

  const third = await run([...register, "--rotate"]);
  assert.match(third.out, /^Step 3 of 3: [^]* Reload this service: /);
  await workspace.configure(settings);
  await Deno.remove(`${file}.previous`);
  assert.equal((await hangUp(service)).event, "configuration reloaded", service.tail());
  assert.deepEqual([await statusOf(workspace, old), await statusOf(workspace, present)], [
    ...[403, 200],
  ]);
  assert.equal((await service.stop()).code, 0, service.tail());
});
