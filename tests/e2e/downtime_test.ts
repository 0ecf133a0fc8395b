import assert from "node:assert/strict";
import { steadyClock } from "../process/faked_clock.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

Deno.test("of what a real homeserver kept for hours, only what was not answered is mailed", async () => {
  await using organisation = await Organisation.create({ delay: "0s" });
  await organisation.startHomeserver(steadyClock("-3h"));
  await organisation.startService();
  const alice = await organisation.register("alice");
  const carol = await organisation.register("carol");
  const room = await alice.createRoom({ name: "Plans" });
  // The homeserver's clock is wrong, its figures of ages are right: nothing is held up.
  await alice.invite(room, "@zoe:example.org");
  await organisation.mailTo("zoe");
  await organisation.stopService();

  await alice.invite(room, carol.id);
  await organisation.homeserver.missesService();
  await alice.invite(room, "@dave:example.org");
  await carol.join(room);
  // Three hours later.
  await organisation.homeserver.restart({});

  await organisation.startService();
  // Synapse sends what it kept before a restart once something happens.
  await alice.invite(room, "@bob:example.org");
  await organisation.logged("homeserver is catching up", 60_000);
  await organisation.logged("invite answered", 60_000);
  await organisation.logged("homeserver has caught up", 60_000);
  await organisation.mailTo("dave");
  await organisation.mailTo("bob");
  assert.equal(organisation.mailServer.to(addressOf("carol")).length, 0);
  assert.equal(organisation.mailServer.mails.items.length, 3);
});
