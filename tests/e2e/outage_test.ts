import assert from "node:assert/strict";
import { inviteEvent } from "../process/invite_event.ts";
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
