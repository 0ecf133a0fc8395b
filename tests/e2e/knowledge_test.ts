import assert from "node:assert/strict";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

for (const homeserver of ["api", "database"] as const) {
  Deno.test(`an ignored inviter and a blocked one: no mail, by ${homeserver}`, async () => {
    const notify = { delay: "1s", homeserver };
    await using organisation = await Organisation.create({
      // Synapse's database does not exist yet.
      settings: () => ({ notify: { ...notify, homeserver: "off" } }),
    });
    await organisation.startHomeserver();
    const config = `${organisation.layout.folder}/mxisd.yaml`;
    const settings = JSON.parse(await Deno.readTextFile(config));
    const synapseSql = { type: "sqlite", connection: organisation.homeserver.database };
    const changed = { ...settings, notify, ...(homeserver === "database" ? { synapseSql } : {}) };
    await Deno.writeTextFile(config, JSON.stringify(changed));
    await organisation.startService();
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
