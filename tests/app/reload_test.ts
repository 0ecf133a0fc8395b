import assert from "node:assert/strict";
import { type App, openApp } from "../../src/app/app.ts";
import { machinePlatform } from "../../src/app/platform.ts";
import { loadSettings } from "../../src/config/load.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import {
  type Differences,
  HS_TOKEN,
  makePreparedWorkspace,
  type Workspace,
} from "../cli/workspace.ts";
import { testPlatform } from "../fakes/app/platform.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { rowTest, thoroughTest } from "../thorough.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";
const FROM = "threepid.medium.email.identity.from";
// So that each invite has its own mail.
const UNGATHERED = { "notify.digest.window": "off" };
const GATHERED = { "notify.digest.window": "10m" };
const OTHER_TOKEN = "another-hs-token-of-the-test";

/** A service that runs, and whose configuration the test writes. */
interface Running extends AsyncDisposable {
  readonly app: App;
  readonly workspace: Workspace;
  readonly clock: FakeClock;
  /** How many platforms are open that reloading opened. */
  readonly platforms: number;
  /** Writes another configuration, and puts it into effect. */
  reload(differences: Differences): ReturnType<App["reload"]>;
  /** Sends an invite in a transaction; returns the response's status. */
  push(id: number, token?: string): Promise<number>;
  stop(): Promise<void>;
}

async function start(differences: Differences = {}): Promise<Running> {
  await using opened = new AsyncDisposableStack();
  opened.use(await collectLogs());
  const workspace = opened.use(await makePreparedWorkspace({ ...UNGATHERED, ...differences }));
  const clock = new FakeClock();
  let platforms = 0;
  const platform = testPlatform(clock);
  const load = async () => {
    const loaded = await loadSettings(workspace.path("mxisd.yaml"));
    if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const { settings, storesInOrder } = await load();
  const app = opened.use(await openApp(settings, storesInOrder, platform));
  const stopped = new AbortController();
  const ended = app.run(stopped.signal);
  opened.defer(async () => {
    stopped.abort();
    await clock.advance(8 * SECOND);
    await ended;
  });
  const rest = opened.move();
  return {
    ...{ app, workspace, clock },
    get platforms() {
      return platforms;
    },
    async reload(differences) {
      await workspace.configure({ ...UNGATHERED, ...differences });
      const { settings, storesInOrder } = await load();
      return await app.reload(settings, storesInOrder, (settings) => {
        using _real = machinePlatform(settings);
        platforms++;
        return { ...platform, [Symbol.dispose]: () => void platforms-- };
      });
    },
    async push(id, token = HS_TOKEN) {
      const { hostname, port } = app.address;
      const url = `http://${hostname}:${port}/_matrix/app/v1/transactions/${id}`;
      const response = await fetch(url, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          events: [
            inviteEvent({
              event_id: `$invite-${id}`,
              room_id: `!room-${id}:example.org`,
              origin_server_ts: Date.UTC(2027, 0, 4, 9, 29),
            }),
          ],
        }),
      });
      await response.body?.cancel();
      return response.status;
    },
    async stop() {
      stopped.abort();
      await clock.advance(8 * SECOND);
      await ended;
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

Deno.test("after a reload, mails go through the new mail server, with the new sender", async () => {
  await using before = startScriptedSmtp();
  await using after = startScriptedSmtp();
  await using service = await start({ [SMTP_PORT]: before.port });
  assert.equal(await service.push(1), 200);
  await before.reached("message");
  const reloaded = await service.reload({
    [SMTP_PORT]: after.port,
    [FROM]: "chat@example.org",
  });
  assert.deepEqual([...reloaded.changed].sort(), [SMTP_PORT, FROM]);
  assert.deepEqual(reloaded.atStart, []);
  assert.equal(await service.push(2), 200);
  await after.reached("message");
  assert.deepEqual(before.mails.map(fromOf), ["matrix@example.org"]);
  assert.deepEqual(after.mails.map(fromOf), ["chat@example.org"]);
});

Deno.test("a mail in flight is finished with the old parts, and is not sent by the new ones as well", async () => {
  await using before = startScriptedSmtp({ plays: { rcpt: "hang" } });
  await using after = startScriptedSmtp();
  await using service = await start({ [SMTP_PORT]: before.port });
  await service.push(1);
  await before.reached("rcpt");
  await service.reload({ [SMTP_PORT]: after.port });
  await service.push(2);
  await after.reached("message");
  await service.clock.advance(2 * SECOND);
  assert.deepEqual(after.mails.length, 1);
  assert.equal(before.open, 1);
  // The old server gives no answer in time: the mail is tried again, with the new parts. From then on
  // time stands still, because the dialogue takes real time.
  let isTried = false;
  void after.reached("mail", 2).then(() => isTried = true);
  while (!isTried) {
    await service.clock.advance(SECOND);
    // What arrives from sockets.
    await new Promise((resolve) => setTimeout(resolve));
  }
  await after.reached("message", 2);
  assert.equal(new Set(after.mails.map((mail) => header(mail, "Message-ID"))).size, 2);
  assert.equal(before.open, 0);
});

Deno.test("a new token is required at once, and the old one refused", async () => {
  await using service = await start();
  await service.reload({ "appsvc.endpoint.toAS.token": OTHER_TOKEN });
  assert.equal(await service.push(1), 403);
  assert.equal(await service.push(1, OTHER_TOKEN), 200);
});

Deno.test("the delay of new invites is the new one", async () => {
  await using server = startScriptedSmtp();
  await using service = await start({ [SMTP_PORT]: server.port });
  await service.reload({ [SMTP_PORT]: server.port, "notify.delay": "30m" });
  await service.push(1);
  await service.clock.advance(29 * MINUTE);
  assert.equal(server.mails.length, 0);
  await service.clock.advance(2 * MINUTE);
  await server.reached("message");
});

thoroughTest(
  "a wait that is longer than any before the reload lasts, also when the clock is set back",
  async () => {
    await using server = startScriptedSmtp();
    await using service = await start({ [SMTP_PORT]: server.port });
    await service.reload({
      [SMTP_PORT]: server.port,
      "notify.delay": "20d",
      "notify.maxAge": "60d",
    });
    await service.push(1);
    service.clock.set(service.clock.now() - HOUR);
    await service.push(2);
    await service.clock.advance(DAY);
    assert.equal(server.mails.length, 0);
  },
);

for (
  const [what, differences, reason] of [
    ["a template that is wrong", { "notify.templates": "templates" }, /templates.*:1/s],
    ["a logo that is no picture", { "notify.brand.logo": "mxisd.yaml" }, /is not/],
    ["certificates that cannot be used", { "tls.ca": "broken.pem" }, /tls\.ca/],
    ["another homeserver", { "matrix.domain": "other.example" }, /matrix\.domain.*restart/],
    [
      "a template in mxisd's format",
      { "threepid.medium.email.generators.template.generic.matrixId": "FOLDER/mxisd.eml" },
      /mxisd's format.*restart/,
    ],
  ] as const
) {
  // What is broken, and what needs a restart.
  const isQuick = what === "certificates that cannot be used" || what === "another homeserver";
  rowTest(isQuick)(`${what} changes nothing when it is reloaded, and is told`, async () => {
    await using server = startScriptedSmtp();
    await using service = await start({ ...GATHERED, [SMTP_PORT]: server.port });
    const { workspace } = service;
    await Deno.mkdir(workspace.path("templates"));
    await Deno.writeTextFile(workspace.path("templates/subject.liquid"), "{{ nobody.knows }}");
    await Deno.writeTextFile(workspace.path("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
    await Deno.writeTextFile(workspace.path("mxisd.eml"), "Subject: Hi\n\nHi %ROOM_NAME%\n");
    const named = JSON.parse(JSON.stringify(differences).replace("FOLDER", workspace.folder));
    const change = { ...GATHERED, ...named, [FROM]: "other@example.org", [SMTP_PORT]: 1 };
    await assert.rejects(service.reload(change), reason);
    assert.equal(service.platforms, 0);
    await service.push(1);
    await server.reached("message");
    assert.deepEqual(server.mails.map(fromOf), ["matrix@example.org"]);
  });
}

Deno.test("what only a restart changes is named, and the rest takes effect", async () => {
  await using server = startScriptedSmtp();
  await using service = await start({ [SMTP_PORT]: server.port });
  const { changed, atStart } = await service.reload({
    [SMTP_PORT]: server.port,
    [FROM]: "chat@example.org",
    "server.port": service.workspace.port + 1,
    "storage.provider.sqlite.database": service.workspace.path("other.db"),
  });
  assert.deepEqual(changed, [FROM]);
  assert.deepEqual([...atStart].sort(), ["server.port", "storage.provider.sqlite.database"]);
  await service.push(1);
  await server.reached("message");
  assert.deepEqual(server.mails.map(fromOf), ["chat@example.org"]);
});

Deno.test("each reload closes what the one before has opened", async () => {
  await using service = await start();
  for (let index = 1; index <= 3; index++) {
    await service.reload({ "notify.delay": `${index}m` });
    await service.clock.advance(SECOND);
    assert.equal(service.platforms, 1);
  }
  await service.stop();
  await service.app[Symbol.asyncDispose]();
  assert.equal(service.platforms, 0);
});

function header(mail: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "im").exec(mail)?.[1]?.trim();
}

function fromOf(mail: string): string | undefined {
  return /([^\s<]+@[^\s>]+)/.exec(header(mail, "From") ?? "")?.[1];
}
