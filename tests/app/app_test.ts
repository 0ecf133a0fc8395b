import assert from "node:assert/strict";
import { type App, openApp } from "../../src/app/app.ts";
import { loadSettings } from "../../src/config/load.ts";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/outbox.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { HS_TOKEN, makePreparedWorkspace, type Workspace } from "../cli/workspace.ts";
import { testPlatform } from "../fakes/app/platform.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { thoroughTest } from "../thorough.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";

async function open(
  workspace: Workspace,
  clock: FakeClock,
  beforeListening?: () => Promise<void>,
): Promise<App> {
  const loaded = await loadSettings(workspace.path("mxisd.yaml"));
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
  return await openApp(loaded.settings, loaded.storesInOrder, testPlatform(clock), beforeListening);
}

/** A service that runs until it is stopped. */
async function start(workspace: Workspace, clock: FakeClock) {
  const app = await open(workspace, clock);
  const stop = new AbortController();
  let hasEnded = false;
  const ended = app.run(stop.signal).then(() => void (hasEnded = true));
  return {
    app,
    ended,
    get hasEnded() {
      return hasEnded;
    },
    stop: () => stop.abort(),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

async function push(app: App, id: number): Promise<number> {
  const { hostname, port } = app.address;
  const response = await fetch(`http://${hostname}:${port}/_matrix/app/v1/transactions/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({
      events: [inviteEvent({ origin_server_ts: Date.UTC(2027, 0, 4, 9, 29) })],
    }),
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a send that hangs is given back eight seconds after a stop", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { mail: "hang" } });
  await using workspace = await makePreparedWorkspace({ [SMTP_PORT]: server.port });
  const clock = new FakeClock();
  await using service = await start(workspace, clock);
  assert.equal(await push(service.app, 1), 200);
  await server.reached("mail");

  service.stop();
  await clock.advance(7 * SECOND);
  assert.equal(service.hasEnded, false);
  await clock.advance(SECOND);
  await service.ended;
  assert.equal(server.mails.length, 0);
});

thoroughTest("a mail that was given back is sent by the next service", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { mail: ["hang"] } });
  await using workspace = await makePreparedWorkspace({ [SMTP_PORT]: server.port });
  const clock = new FakeClock();
  {
    await using service = await start(workspace, clock);
    await push(service.app, 1);
    await server.reached("mail");
    service.stop();
    await clock.advance(8 * SECOND);
    await service.ended;
  }
  await using service = await start(workspace, clock);
  await server.reached("message");
  service.stop();
  await service.ended;
  assert.equal(server.mails.length, 1);
});

Deno.test("a mail whose connection is still in use is not claimed, and its time does not run", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { rcpt: "hang" } });
  await using workspace = await makePreparedWorkspace({
    [SMTP_PORT]: server.port,
    "threepid.medium.email.connectors.smtp.pool": 1,
    "memory.identities": [{
      username: "bob",
      threepids: ["bob@corp.example", "bob@home.example"].map((address) => {
        return { medium: "email", address };
      }),
    }],
  });
  const clock = new FakeClock();
  await using service = await start(workspace, clock);
  await push(service.app, 1);
  await server.reached("rcpt");
  {
    const beside = { clock, domain: "example.org", maxAge: DAY, stopHash, owner: false };
    await using outbox = openSqliteOutbox({ ...beside, file: workspace.path("outbox.db") });
    assert.deepEqual((await outbox.counts()).mails, { queued: 1, sending: 1 });
  }
  service.stop();
  await clock.advance(8 * SECOND);
  await service.ended;
});

Deno.test("a service that is stopped before it runs stops at once", async () => {
  await using _logs = await collectLogs();
  await using workspace = await makePreparedWorkspace();
  await using app = await open(workspace, new FakeClock());
  await app.run(AbortSignal.abort());
  await assert.rejects(fetch(`http://127.0.0.1:${app.address.port}/health`));
});

Deno.test("what has to be done before listening is done before any request can arrive", async () => {
  await using _logs = await collectLogs();
  await using workspace = await makePreparedWorkspace();
  const url = `http://127.0.0.1:${workspace.port}/health`;
  let refused = false;
  await using _app = await open(workspace, new FakeClock(), async () => {
    await assert.rejects(fetch(url), TypeError);
    refused = true;
  });
  assert.ok(refused);
  assert.deepEqual(await (await fetch(url)).json(), { status: "ok" });
});

thoroughTest("a service that never runs leaves nothing open", async () => {
  await using _logs = await collectLogs();
  await using workspace = await makePreparedWorkspace();
  {
    await using app = await open(workspace, new FakeClock());
    assert.equal(app.address.port, workspace.port);
  }
  // The port and the database are free again.
  await using _second = await open(workspace, new FakeClock());
});

thoroughTest("old keys are pruned every hour", async () => {
  await using logs = await collectLogs();
  await using workspace = await makePreparedWorkspace({
    "notify.maxAge": "1h",
    "threepid.medium.email.connector": "none",
  });
  const firstClock = new FakeClock();
  {
    await using app = await open(workspace, firstClock);
    await push(app, 1);
  }
  // The keys are kept for 30 days.
  const clock = new FakeClock(firstClock.now() + 30 * DAY - 30 * MINUTE);
  await using service = await start(workspace, clock);
  // The first round is over.
  await clock.advance(0);
  // One jump: the steps of an hour, a second each, would take half a minute.
  clock.set(clock.now() + HOUR);
  await clock.advance(0);
  service.stop();
  await service.ended;
  const forgotten = logs.at("debug").filter(([event]) => event === "old keys pruned");
  assert.deepEqual(forgotten.map(([, { keys }]) => keys), [1]);
});

Deno.test("finished invitations are pruned at the start, and as often as they are kept", async () => {
  await using logs = await collectLogs();
  await using workspace = await makePreparedWorkspace({
    "storage.retention": "1m",
    "threepid.medium.email.connector": "none",
  });
  const clock = new FakeClock();
  await using service = await start(workspace, clock);
  await push(service.app, 1);
  await clock.advance(MINUTE);
  await clock.advance(2 * MINUTE);
  service.stop();
  await service.ended;
  const pruned = logs.at("debug").filter(([event]) => event === "finished invitations pruned");
  assert.deepEqual(pruned.map(([, { invitations }]) => invitations), [1]);
});

Deno.test("a request that hangs is cut off eight seconds after a stop", async () => {
  await using _logs = await collectLogs();
  await using workspace = await makePreparedWorkspace();
  const clock = new FakeClock();
  await using service = await start(workspace, clock);
  using connection = await Deno.connect(service.app.address);
  const head = [
    "PUT /_matrix/app/v1/transactions/1 HTTP/1.1",
    "Host: localhost",
    `Authorization: Bearer ${HS_TOKEN}`,
    "Content-Length: 1000",
    "Expect: 100-continue",
  ];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n{`));
  // The answer shows that the request is being read.
  await connection.read(new Uint8Array(1000));

  service.stop();
  await clock.advance(7 * SECOND);
  assert.equal(service.hasEnded, false);
  await clock.advance(SECOND);
  await service.ended;
});
