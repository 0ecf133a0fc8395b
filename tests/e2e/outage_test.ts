import assert from "node:assert/strict";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

Deno.test("an invite made while the service is down is mailed once it is up", async () => {
  await using organisation = await Organisation.open();
  const alice = await organisation.register("alice");
  const room = await alice.createRoom({ name: "Plans" });
  // Everything before the invite has been pushed by then, so the invite is what cannot be pushed.
  // Synapse never sends what it queues at the very moment when it finds the service up again.
  await organisation.mailsSoFar(alice);
  await organisation.stopService();
  await alice.invite(room, "@bob:example.org");
  await organisation.homeserver.missesService();
  await organisation.startService();
  await organisation.mailTo("bob", 60_000);
  assert.equal((await organisation.mailsSoFar(alice)).length, 1);
});

Deno.test("a mail is sent once when the mail server is up again", async () => {
  await using organisation = await Organisation.open();
  const alice = await organisation.register("alice");
  const room = await alice.createRoom({ name: "Plans" });
  await organisation.mailServer.down();
  await alice.invite(room, "@bob:example.org");
  await organisation.logged("mail deferred");
  await organisation.mailServer.up();
  await organisation.mailTo("bob", 120_000);
  assert.equal((await organisation.mailsSoFar(alice)).length, 1);
});

Deno.test("a mail survives a kill between the homeserver's 200 and the sending", async () => {
  await using organisation = await Organisation.open({ delay: "3s" });
  const alice = await organisation.register("alice");
  const room = await alice.createRoom({ name: "Plans" });
  await alice.invite(room, "@bob:example.org");
  await organisation.logged("invite seen");
  await organisation.killService();
  assert.equal(organisation.mailServer.mails.items.length, 0);
  await organisation.startService();
  await organisation.mailTo("bob");
  assert.equal((await organisation.mailsSoFar(alice)).length, 1);
});

Deno.test("an invite that was acknowledged right before a kill is mailed after the restart", async () => {
  await using organisation = await Organisation.create({ delay: "1s" });
  await organisation.startService();
  const event = inviteEvent();
  const response = await organisation.push("1", [event]);
  await organisation.killService();
  assert.equal(response.status, 200);
  await response.body?.cancel();
  await organisation.startService();
  // The homeserver did not receive the 200 either and pushes the same event again.
  const replay = await organisation.push("1", [event]);
  assert.deepEqual(await replay.json(), {});
  await organisation.mailTo("bob");
  const last = inviteEvent({ state_key: "@zoe:example.org" });
  await organisation.pushEvents(last);
  await organisation.mailTo("zoe");
  assert.equal(organisation.mailServer.to(addressOf("bob")).length, 1);
});

Deno.test("all that waits for a mail server that was down leaves at once when it is up again", async () => {
  const names = Array.from({ length: 200 }, (_, n) => `person${n}`);
  await using organisation = await Organisation.create({
    settings: () => ({
      memory: {
        enabled: true,
        identities: names.map((username) => ({
          username,
          threepids: [{ medium: "email", address: addressOf(username) }],
        })),
      },
      notify: { delay: "0s", limits: { perInviter: "off" } },
    }),
  });
  const { mailServer: server } = organisation;
  await server.down();
  await organisation.startService();
  const events = names.map((name) =>
    inviteEvent({ state_key: `@${name}:example.org`, event_id: `$${name}` })
  );
  await organisation.pushEvents(...events);
  await organisation.logged("outage began");
  // All are waiting: the first ones are tried again after 10 seconds, then one at a time.
  const { lines } = organisation.service;
  await lines.find(
    () => lines.items.filter((line) => logEvent(line)?.event === "mails queued").length === 200,
    60_000,
  );
  await server.up();
  await server.mails.find(() => server.mails.items.length === 200, 120_000);
  const times = server.mails.items.map(({ at }) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  assert.ok(seconds < 30, `the last mail left ${seconds} s after the first one`);
  assert.equal(new Set(server.mails.items.flatMap(({ to }) => to)).size, 200);
  await organisation.logged("outage over");
  const failures = lines.items.filter((line) => logEvent(line)?.event === "mail deferred");
  assert.ok(failures.length < 15, `${failures.length} mails were tried in vain`);
});
