import assert from "node:assert/strict";
import { logEvent, runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

type Homeserver = "api" | "database";

/** An organisation whose service asks the homeserver. */
async function start(
  notify: { readonly delay: string; readonly homeserver: Homeserver; readonly added?: boolean },
): Promise<Organisation> {
  await using stack = new AsyncDisposableStack();
  const organisation = stack.use(
    await Organisation.create({
      acceptsInvites: notify.added === true,
      // Synapse's database does not exist yet.
      settings: () => ({ notify: { delay: notify.delay } }),
    }),
  );
  await organisation.startHomeserver();
  const config = `${organisation.layout.folder}/mxisd.yaml`;
  const settings = JSON.parse(await Deno.readTextFile(config));
  const synapseSql = { type: "sqlite", connection: organisation.homeserver.database };
  const isDatabase = notify.homeserver === "database";
  const changed = { ...settings, notify, ...(isDatabase ? { synapseSql } : {}) };
  await Deno.writeTextFile(config, JSON.stringify(changed));
  await organisation.startService();
  stack.move();
  return organisation;
}

for (const homeserver of ["api", "database"] as const) {
  Deno.test(`an ignored inviter and a blocked one: no mail, by ${homeserver}`, async () => {
    await using organisation = await start({ delay: "1s", homeserver });
    const [alice, bob, carol, dave] = await Promise.all(
      ["alice", "bob", "carol", "dave"].map((name) => organisation.register(name)),
    );
    assert(alice && bob && carol && dave);
    await carol.setAccountData("m.ignored_user_list", { ignored_users: { [alice.id]: {} } });
    const blocking = "org.matrix.msc4155.invite_permission_config";
    await bob.setAccountData(blocking, { blocked_users: ["@alice:*"] });
    for (const inviter of [alice, dave]) {
      const room = await inviter.createRoom({ name: `A room of ${inviter.id}` });
      await inviter.invite(room, carol.id);
      await inviter.invite(room, bob.id);
    }
    await Promise.all([organisation.mailTo("bob"), organisation.mailTo("carol")]);
    const mails = await organisation.mailsSoFar(dave);
    assert.deepEqual(mails.map(({ to }) => to).sort(), [[addressOf("bob")], [addressOf("carol")]]);
    for (const { message } of mails) assert.doesNotMatch(message.text ?? "", /alice|Alice/);
    for (
      const [user, reason] of [
        [carol.id, "the invitee ignores the inviter"],
        [bob.id, "the invitee blocks such invites"],
      ] as const
    ) {
      const { output } = await runCommand(organisation.layout.folder, "why", user);
      assert.ok(output.includes(`No email is sent: ${reason}.`), output);
    }
  });
}

for (const homeserver of ["api", "database"] as const) {
  Deno.test(`whom the homeserver joined is told that they were added, by ${homeserver}`, async () => {
    await using organisation = await start({ delay: "10s", homeserver, added: true });
    const [alice, bob, carol, dave] = await Promise.all(
      ["alice", "bob", "carol", "dave"].map((name) => organisation.register(name)),
    );
    assert(alice && bob && carol && dave);
    await bob.setDisplayName("Bob");
    const room = await alice.createRoom({ name: "Plans" });
    for (const { id } of [dave, carol, bob]) await alice.invite(room, id);
    await organisation.service.line((line) => {
      const logged = logEvent(line);
      return logged?.event === "invitee joined, perhaps by the homeserver" &&
        JSON.stringify(logged).includes("[1]");
    });
    await alice.kick(room, dave.id);
    const { message } = await organisation.mailTo("carol");
    assert.equal(message.subject, "You were added to the room “Plans” by Alice Archer");
    assert.match(message.text ?? "", /Where you were added, there is nothing to accept/);
    assert.doesNotMatch(message.text ?? "", /invited|Decline/);
    // Nobody accepts for somebody who has no account.
    const mails = await organisation.mailsSoFar(alice);
    assert.deepEqual(mails.map(({ to }) => to), [[addressOf("carol")]]);
    for (
      const [user, sentence] of [
        [bob, "No email is sent: the invitee used a client when they joined the room, or since"],
        [carol, "which says that @carol:example.org was added to the room (notify.added)"],
        [dave, "@dave:example.org was removed from the room."],
      ] as const
    ) {
      const { output } = await runCommand(organisation.layout.folder, "why", user.id);
      assert.ok(output.includes(sentence), output);
    }
  });
}
