import assert from "node:assert/strict";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

// Longer than creating five rooms takes on a busy machine.
const WINDOW_MS = 15_000;

Deno.test("thirty invites are one mail with thirty rooms, and five more within the window one more", async () => {
  await using organisation = await Organisation.open({
    settings: () => ({
      // Longer than thirty invites take.
      notify: { delay: "10s", digest: { window: `${WINDOW_MS}ms` }, limits: { perInviter: "off" } },
    }),
  });
  const alice = await organisation.register("alice");
  const rooms = await Promise.all(
    Array.from({ length: 35 }, (_, number) => alice.createRoom({ name: `Project ${number}` })),
  );
  const bob = "@bob:example.org";
  await Promise.all(rooms.slice(0, 30).map((room) => alice.invite(room, bob)));
  const first = await organisation.mailTo("bob", 120_000);
  const named = (text = "") => new Set(text.match(/Project \d+/g)).size;
  assert.equal(named(first.message.text), 30);
  assert.equal(named(first.message.html), 30);

  await Promise.all(rooms.slice(30).map((room) => alice.invite(room, bob)));
  const { mails } = organisation.mailServer;
  await mails.find(() => organisation.mailServer.to(addressOf("bob")).length >= 2, 120_000);
  const [, second, ...others] = organisation.mailServer.to(addressOf("bob"));
  assert.ok(second);
  assert.deepEqual(others, []);
  assert.equal(named(second.message.text), 5);
  assert.ok(second.at - first.at >= WINDOW_MS - 1000, `${second.at - first.at} ms`);
});

Deno.test("who declines before the reminder gets none, and who does not answer gets one", async () => {
  await using organisation = await Organisation.open({
    settings: () => ({ notify: { delay: "1s", reminder: "15s" } }),
  });
  const alice = await organisation.register("alice");
  const bob = await organisation.register("bob");
  const room = await alice.createRoom({ name: "Plans" });
  await alice.invite(room, bob.id);
  await organisation.mailTo("bob");
  await bob.leave(room);
  // Her reminder is due later than his would be.
  await alice.invite(room, "@carol:example.org");
  const { mails } = organisation.mailServer;
  const both = () => organisation.mailServer.to(addressOf("carol"));
  await mails.find(() => both().length >= 2, 120_000);
  assert.match(both()[1]?.message.subject ?? "", /^Reminder: /);
  assert.equal(organisation.mailServer.to(addressOf("bob")).length, 1);
  const { output } = await runCommand(organisation.layout.folder, "why", bob.id);
  assert.match(output, /@bob:example\.org declined\.$/m);
  assert.match(output, /Email m2 is cancelled: the invitation is no longer open\.$/m);
});
