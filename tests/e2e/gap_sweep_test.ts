import assert from "node:assert/strict";
import { logEvent } from "../process/program.ts";
import { suspend } from "../process/suspend.ts";
import { Organisation, type OrganisationOptions } from "./organisation.ts";
import { startPostgresql } from "./servers/postgresql.ts";
import { addressOf } from "./settings.ts";

const READER = "mxisd";
const PASSWORD = "a password of tests";

// People are looked up elsewhere. Every invitation has a mail of its own, so that all can be counted.
const settingsWith = (type: string, connection: string) => ({
  notify: { delay: "1s", digest: "off" },
  synapseSql: { enabled: true, type, connection, profile: { enabled: false } },
});

Deno.test("what Synapse lost when it was killed is found in its SQLite database, once", async () => {
  const file = (folder: string) => `${folder}/homeserver.db`;
  await testLostInvites({
    settings: ({ folder }) => settingsWith("sqlite", file(folder)),
    database: ({ folder }) => ({ sqlite: file(folder) }),
  });
});

Deno.test("what Synapse lost when it was killed is found in its PostgreSQL database, once", async () => {
  await using server = await startPostgresql();
  const { user, password } = server.superuser;
  await server.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  const login = `user=${READER}&password=${encodeURIComponent(PASSWORD)}`;
  await testLostInvites({
    settings: () =>
      settingsWith("postgresql", `//127.0.0.1:${server.port}/synapse?${login}&sslmode=disable`),
    database: () => ({
      postgresql: { host: "127.0.0.1", port: server.port, dbname: "synapse", user, password },
    }),
  }, async () => {
    await server.run(
      "synapse",
      `CREATE ROLE ${READER} LOGIN PASSWORD '${PASSWORD}'`,
      // As docs/policy.md says.
      `GRANT SELECT (room_id, user_id, event_id, membership) ON local_current_membership TO ${READER}`,
      `GRANT SELECT (event_id, room_id, received_ts) ON events TO ${READER}`,
      `GRANT SELECT (event_id, json) ON event_json TO ${READER}`,
    );
  });
});

async function testLostInvites(
  options: OrganisationOptions,
  prepare: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await using organisation = await Organisation.create(options);
  await organisation.startHomeserver();
  await prepare();
  await organisation.startService();
  const { homeserver } = organisation;
  await organisation.logged("pending invites compared");
  const alice = await organisation.register("alice");
  const people = await Promise.all(
    ["bob", "carol", "dave"].map((name) => organisation.register(name)),
  );
  const [bob, carol, dave] = people as [typeof alice, typeof alice, typeof alice];
  const room = await alice.createRoom({ name: "Plans", topic: "Where to go" });
  const other = await alice.createRoom({ name: "Other plans" });
  const declined = await alice.createRoom({ name: "What nobody wants" });
  await alice.invite(declined, dave.id);
  // Everything before has been pushed by then.
  const before = await organisation.mailsSoFar(alice);
  assert.deepEqual(before.flatMap(({ to }) => to), [addressOf("dave")]);

  await suspend(organisation.service.pid);
  // Synapse stores what it sends at the moment, and keeps what comes meanwhile in memory.
  await alice.send(room, "hello");
  await alice.invite(room, bob.id, "kick-off on Monday");
  await alice.invite(room, carol.id);
  await alice.invite(other, dave.id);
  await dave.leave(other);
  await dave.leave(declined);
  await homeserver.kill();
  await organisation.killService();

  await organisation.startService();
  const { taken, answered } = await compared(organisation);
  assert.deepEqual({ taken, answered }, { taken: 2, answered: 1 });
  await homeserver.up();
  const [mail] = [await organisation.mailTo("bob"), await organisation.mailTo("carol")];
  assert.match(mail.message.subject ?? "", /Plans/);
  assert.match(mail.message.text ?? "", /kick-off on Monday/);
  const again = await organisation.mailsSoFar(alice);
  const recipients = again.slice(before.length).flatMap(({ to }) => to);
  assert.deepEqual(recipients.sort(), [addressOf("bob"), addressOf("carol")]);

  // What came in a transaction is recognized in the database.
  await organisation.stopService();
  await organisation.startService();
  const known = await compared(organisation);
  assert.deepEqual({ pending: known.pending, taken: known.taken }, { pending: 4, taken: 0 });
}

async function compared(organisation: Organisation): Promise<Readonly<Record<string, unknown>>> {
  const line = await organisation.service.line((text) =>
    logEvent(text)?.event === "pending invites compared"
  );
  return logEvent(line) ?? {};
}
