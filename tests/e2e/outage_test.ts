import { strict as assert } from "node:assert";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

Deno.test("an invite made while the service is down is mailed once it is up", async () => {
  await using organisation = await Organisation.open();
  const alice = await organisation.register("alice");
  const room = await alice.createRoom({ name: "Plans" });
  // All that is before the invite has been pushed then, and the invite is what cannot be. Synapse
  // holds back for good what it queues in the moment in which it finds the service up again.
  await organisation.mailsSoFar(alice);
  await organisation.stopService();
  await alice.invite(room, "@bob:example.org");
  await organisation.homeserver.missesService();
  await organisation.startService();
  await organisation.mailTo("bob", 60_000);
  assert.equal((await organisation.mailsSoFar(alice)).length, 1);
});

Deno.test("a mail that finds the mail server down arrives once it is up, once", async () => {
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

Deno.test("whatever got a 200 is mailed after a kill that comes right behind it", async () => {
  await using organisation = await Organisation.found({ delay: "1s" });
  await organisation.startService();
  const event = inviteEvent();
  const response = await organisation.push("1", [event]);
  await organisation.killService();
  assert.equal(response.status, 200);
  await response.body?.cancel();
  await organisation.startService();
  // The homeserver did not read the 200, either: it pushes the same again.
  const replay = await organisation.push("1", [event]);
  assert.deepEqual(await replay.json(), {});
  await organisation.mailTo("bob");
  const last = inviteEvent({ state_key: "@zoe:example.org" });
  assert.deepEqual(await (await organisation.push("2", [last])).json(), {});
  await organisation.mailTo("zoe");
  assert.equal(organisation.mailServer.to(addressOf("bob")).length, 1);
});
