import assert from "node:assert/strict";
import { HOUR } from "../../src/settings/duration.ts";
import { steadyClock } from "../process/faked_clock.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

Deno.test("of what a real homeserver kept for a week, what was not answered is one mail a person", async () => {
  await using organisation = await Organisation.create({ delay: "0s" });
  await organisation.startHomeserver(steadyClock("-6d"));
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
  const rooms = await Promise.all(
    ["Lunch", "Travel"].map((name) => alice.createRoom({ name })),
  );
  for (const one of [room, ...rooms]) await alice.invite(one, "@dave:example.org");
  await carol.join(room);
  // Six days later.
  await organisation.homeserver.restart({});

  await organisation.startService();
  // Synapse sends what it kept before a restart once something happens.
  await alice.invite(room, "@bob:example.org");
  await organisation.logged("homeserver is catching up", 60_000);
  await organisation.logged("invite answered", 60_000);
  await organisation.logged("homeserver has caught up", 60_000);
  const { message } = await organisation.mailTo("dave");
  for (const name of ["Plans", "Lunch", "Travel"]) assert.match(message.text ?? "", RegExp(name));
  await organisation.mailTo("bob");
  assert.equal(organisation.mailServer.to(addressOf("carol")).length, 0);
  assert.equal(organisation.mailServer.mails.items.length, 3);
});

Deno.test("a service that is killed while the homeserver catches up loses nothing, and floods nobody", async () => {
  await using organisation = await Organisation.create({
    settings: () => ({ notify: { delay: "0s", limits: { perInviter: "off" } } }),
  });
  const age = 3 * HOUR;
  const rooms = Array.from({ length: 30 }, (_, number) => number);
  const event = (number: number, person: string, later = 0, change: object = {}) =>
    inviteEvent({
      room_id: `!${person}${number}:example.org`,
      event_id: `$${person}${number}-${later}`,
      state_key: `@${person}:example.org`,
      origin_server_ts: Date.now() - age + later,
      unsigned: {
        age: age - later,
        invite_room_state: [{
          type: "m.room.name",
          state_key: "",
          content: { name: `Project ${number}` },
        }],
      },
      ...change,
    });
  await organisation.startService();
  for (const number of rooms.slice(0, 15)) await organisation.pushEvents(event(number, "bob"));
  await organisation.pushEvents(event(0, "carol"));
  await organisation.logged("homeserver is catching up");
  const { folder } = organisation.layout;
  assert.match((await runCommand(folder, "status")).output, /^The homeserver has been catching up/);
  const why = await runCommand(folder, "why", "@carol:example.org");
  assert.match(why.output, /It waits until the homeserver has sent all that happened during a/);
  const half = event(15, "bob");
  const response = await organisation.push("half", [half]);
  await organisation.killService();
  assert.equal(response.status, 200);
  await response.body?.cancel();

  await organisation.startService();
  // What the homeserver did not see acknowledged comes again.
  for (const number of rooms.slice(10)) await organisation.pushEvents(event(number, "bob"));
  const declined = { content: { membership: "leave" }, sender: "@carol:example.org" };
  await organisation.pushEvents(event(0, "carol", HOUR, declined));
  assert.equal(organisation.mailServer.mails.items.length, 0);
  await organisation.pushEvents(event(0, "dave", age));
  const first = await organisation.mailTo("bob");
  assert.equal(new Set(first.message.text?.match(/Project \d+/g)).size, rooms.length);
  await organisation.mailTo("dave");
  // Whoever is invited last is mailed last.
  await organisation.pushEvents(event(1, "zoe", age));
  await organisation.mailTo("zoe");
  assert.equal(organisation.mailServer.mails.items.length, 3);
  assert.match(
    (await runCommand(folder, "why", "@carol:example.org")).output,
    /carol:\S+ declined/,
  );
});
