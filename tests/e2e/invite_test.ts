import assert from "node:assert/strict";
import { answerInTime } from "./answer_in_time.ts";
import { Organisation } from "./organisation.ts";
import { readable } from "./readable.ts";
import { addressOf } from "./settings.ts";

for (const version of ["10", "12"]) {
  Deno.test(`an invitee to a room of version ${version} gets one mail, with or without an account`, async () => {
    await using organisation = await Organisation.open({ delay: "1s" });
    const alice = await organisation.register("alice");
    const carol = await organisation.register("carol");
    const room = await alice.createRoom({ version, name: "Plans for 2027", topic: "Where to go" });
    // bob has never logged in, so the homeserver does not know him.
    for (const invitee of ["@bob:example.org", carol.id]) {
      const invited = Date.now();
      await alice.invite(room, invitee, "kick-off on Monday");
      const mail = await organisation.mailTo(invitee.slice(1, -12));
      // After the delay, and not when something else wakes the service minutes later.
      const after = mail.at - invited;
      assert.ok(after >= 1000 && after < 60_000, `${after} ms after the invite`);
    }
    const mails = await organisation.mailsSoFar(alice);
    assert.deepEqual(mails.map(({ to }) => to), [[addressOf("bob")], [addressOf("carol")]]);
    for (const { message } of mails) {
      for (const body of [message.subject, message.text, message.html]) {
        assert.match(readable(body), /Plans for 2027/);
        // Her name comes from the identity store: she has none on the homeserver.
        assert.match(readable(body), /Alice Archer/);
      }
      assert.match(readable(message.text), /kick-off on Monday/);
    }
  });
}

Deno.test("an invite that is answered within the delay causes no mail, and a second invite does", async () => {
  await using organisation = await Organisation.open({ delay: `${DELAY_MS / 1000}s` });
  const alice = await organisation.register("alice");
  const { name, person, declined } = await answerInTime(organisation, alice, DELAY_MS);
  await organisation.mailsSoFar(alice);
  const mailed = () => organisation.mailServer.to(addressOf(name)).length;
  assert.equal(mailed(), 0);
  await alice.invite(declined, person.id);
  await Promise.all([organisation.mailTo(name), organisation.mailsSoFar(alice)]);
  assert.equal(mailed(), 1);
});

const DELAY_MS = 5_000;

Deno.test("a flood of messages in the same room changes nothing", async () => {
  await using organisation = await Organisation.open({ delay: "1s" });
  const alice = await organisation.register("alice");
  const carol = await organisation.register("carol");
  const room = await alice.createRoom({ name: "Plans", encrypted: true });
  await alice.invite(room, carol.id);
  await carol.join(room);
  for (let batch = 0; batch < 6; batch++) {
    if (batch === 3) await alice.invite(room, "@bob:example.org");
    const numbers = Array.from({ length: 50 }, (_, index) => batch * 50 + index);
    await Promise.all(numbers.map((n) => (n % 2 ? alice : carol).send(room, `invite ${n}`)));
  }
  await alice.invite(room, "@dave:example.org");
  await organisation.mailTo("dave", 60_000);
  const mails = await organisation.mailsSoFar(alice);
  assert.deepEqual(mails.map(({ to }) => to), [[addressOf("bob")], [addressOf("dave")]]);
});
