import assert from "node:assert/strict";
import { type App, openApp } from "../../src/app/app.ts";
import { loadSettings } from "../../src/config/load.ts";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/outbox.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { systemRandom } from "../../src/system/random.ts";
import { runProgram } from "../../src/system/run_program.ts";
import { HS_TOKEN, makePlace, type Place } from "../cli/place.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { inviteEvent } from "../process/invite_event.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";

async function open(place: Place, clock: FakeClock): Promise<App> {
  const loaded = await loadSettings(place.path("mxisd.yaml"));
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
  return await openApp(loaded.settings, loaded.storesInOrder, {
    clock,
    randomBytes: systemRandom,
    random: () => 0.5,
    fetch,
    run: runProgram,
    authorities: [],
    [Symbol.dispose]() {},
  });
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

Deno.test("a mail that hangs is given back eight seconds after the service is to stop", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { mail: "hang" } });
  await using place = await makePlace({ [SMTP_PORT]: server.port });
  const clock = new FakeClock();
  await using app = await open(place, clock);
  const stop = new AbortController();
  let ended = false;
  const running = app.run(stop.signal).then(() => void (ended = true));
  assert.equal(await push(app, 1), 200);
  await server.reached("mail");

  stop.abort();
  await clock.advance(7 * SECOND);
  assert.equal(ended, false);
  await clock.advance(SECOND);
  await running;
  assert.equal(server.mails.length, 0);
});

Deno.test("a mail that was given back is sent by the next service", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { mail: ["hang"] } });
  await using place = await makePlace({ [SMTP_PORT]: server.port });
  const clock = new FakeClock();
  {
    await using app = await open(place, clock);
    const stop = new AbortController();
    const running = app.run(stop.signal);
    await push(app, 1);
    await server.reached("mail");
    stop.abort();
    await clock.advance(8 * SECOND);
    await running;
  }
  await using app = await open(place, clock);
  const stop = new AbortController();
  const running = app.run(stop.signal);
  await server.reached("message");
  stop.abort();
  await running;
  assert.equal(server.mails.length, 1);
});

Deno.test("a mail whose connection is still in use is not claimed, and its time does not run", async () => {
  await using _logs = await collectLogs();
  await using server = startScriptedSmtp({ plays: { message: "hang" } });
  await using place = await makePlace({
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
  await using app = await open(place, clock);
  const stop = new AbortController();
  const running = app.run(stop.signal);
  await push(app, 1);
  await server.reached("message");
  {
    const beside = { clock, maxAge: DAY, stopHash, owner: false };
    await using outbox = openSqliteOutbox({ ...beside, file: place.path("outbox.db") });
    assert.deepEqual((await outbox.counts()).mails, { queued: 1, sending: 1 });
  }
  stop.abort();
  await clock.advance(8 * SECOND);
  await running;
});

Deno.test("a service that is to stop before it runs stops at once", async () => {
  await using _logs = await collectLogs();
  await using place = await makePlace();
  await using app = await open(place, new FakeClock());
  await app.run(AbortSignal.abort());
  await assert.rejects(fetch(`http://127.0.0.1:${app.address.port}/health`));
});

Deno.test("a service that never runs leaves nothing open", async () => {
  await using _logs = await collectLogs();
  await using place = await makePlace();
  {
    await using app = await open(place, new FakeClock());
    assert.equal(app.address.port, place.port);
  }
  // The port and the database are free again.
  await using _second = await open(place, new FakeClock());
});

Deno.test("old keys are forgotten every hour", async () => {
  await using logs = await collectLogs();
  await using place = await makePlace({
    "notify.maxAge": "1h",
    "threepid.medium.email.connector": "none",
  });
  const start = new FakeClock();
  {
    await using app = await open(place, start);
    await push(app, 1);
  }
  // The keys are kept for 30 days.
  const clock = new FakeClock(start.now() + 30 * DAY - 30 * MINUTE);
  await using app = await open(place, clock);
  const stop = new AbortController();
  const running = app.run(stop.signal);
  await clock.advance(HOUR);
  stop.abort();
  await running;
  const forgotten = logs.at("debug").filter(([event]) => event === "old keys pruned");
  assert.deepEqual(forgotten.map(([, { keys }]) => keys), [1]);
});

Deno.test("a request that hangs is cut off eight seconds after the service is to stop", async () => {
  await using _logs = await collectLogs();
  await using place = await makePlace();
  const clock = new FakeClock();
  await using app = await open(place, clock);
  const stop = new AbortController();
  let ended = false;
  const running = app.run(stop.signal).then(() => void (ended = true));
  using connection = await Deno.connect(app.address);
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

  stop.abort();
  await clock.advance(7 * SECOND);
  assert.equal(ended, false);
  await clock.advance(SECOND);
  await running;
});
