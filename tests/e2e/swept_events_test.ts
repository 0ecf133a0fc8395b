import assert from "node:assert/strict";
import type { Answer, Invitation } from "../../src/domain/invitation.ts";
import { openSynapseMemberships } from "../../src/identity/sql/synapse_memberships.ts";
import { readEvent } from "../../src/notify/accept/membership_event.ts";
import { DAY, MINUTE } from "../../src/settings/duration.ts";
import { connectionString } from "../../src/settings/kinds.ts";
import { systemClock } from "../../src/system/clock.ts";
import { freePort } from "../process/free_port.ts";
import { Journal } from "../process/journal.ts";
import { startPostgresql } from "./servers/postgresql.ts";
import { startSynapse } from "./servers/synapse.ts";
import { tempFolder } from "./temp_folder.ts";

/** What a homeserver pushes to an application service, as this service reads it. */
async function startRecorder(folder: string, domain: string) {
  const rules = { domain, ownUsers: new Set<string>(), maxAge: DAY, catchUp: DAY };
  const invites = new Journal<Invitation>("the invites that were pushed");
  const answers = new Journal<Answer>("the answers that were pushed");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const body = await request.text();
      const { events = [] } = body === "" ? {} : JSON.parse(body);
      for (const event of events) {
        const reading = readEvent(event, rules, Date.now());
        if (reading.kind === "invite") invites.add(reading.invitation);
        if (reading.kind === "answer") answers.add(reading.answer);
      }
      return Response.json({});
    },
  );
  const registration = `${folder}/registration.yaml`;
  await Deno.writeTextFile(
    registration,
    JSON.stringify({
      id: "recorder",
      url: `http://127.0.0.1:${server.addr.port}`,
      as_token: "as-token-of-tests",
      hs_token: "hs-token-of-tests",
      sender_localpart: "recorder",
      namespaces: { users: [{ regex: "@.*", exclusive: false }], aliases: [], rooms: [] },
    }),
  );
  return { rules, invites, answers, registration, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("invites and answers read the same in Synapse's database as in its transactions, those of other servers too", async () => {
  await using database = await startPostgresql();
  await database.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  await using folder = await tempFolder();
  const [own, far] = [freePort(), freePort()];
  await using recorder = await startRecorder(folder.path, `localhost:${own}`);
  const { user, password } = database.superuser;
  const { port } = database;
  await using homeserver = await startSynapse({
    domain: `localhost:${own}`,
    federationPort: own,
    registrations: [recorder.registration],
    postgresql: { host: "127.0.0.1", port, dbname: "synapse", user, password },
  });
  await using elsewhere = await startSynapse({
    domain: `localhost:${far}`,
    federationPort: far,
    registrations: [],
  });
  const connection =
    `//127.0.0.1:${port}/synapse?user=${user}&password=${password}&sslmode=disable`;
  await using memberships = openSynapseMemberships(
    { enabled: true, type: "postgresql", connection: connectionString().parse(connection) },
    { clock: systemClock, authorities: [], timeout: MINUTE },
  );
  const alice = await homeserver.register("alice");
  const bob = await homeserver.register("bob");
  const mallory = await elsewhere.register("mallory");
  await mallory.setDisplayName("Mallory O'Neill");

  const rooms = [
    await alice.createRoom({ name: "Plans", topic: "Where to go", version: "10" }),
    await alice.createRoom({ name: "Room of 2026", encrypted: true, version: "12" }),
    await alice.createRoom({ space: true }),
  ];
  for (const room of rooms) await alice.invite(room, bob.id, "kick-off on Monday");
  // An invite over an invite, which is one more event.
  await alice.invite(rooms[0] as string, bob.id, "kick-off on Tuesday");
  const remote = [
    await mallory.createRoom({ name: "Far away", version: "10" }),
    await mallory.createRoom({ name: "Farther away", version: "12" }),
  ];
  for (const room of remote) await mallory.invite(room, bob.id, "come");
  await recorder.invites.find(() => recorder.invites.items.length === 6, 60_000);

  const { invites, end } = await memberships.pendingInvites(Date.now() - DAY);
  const found: Invitation[] = [];
  for (const { event } of invites) {
    const reading = readEvent(event, recorder.rules, Date.now());
    assert.equal(reading.kind, "invite");
    if (reading.kind === "invite") found.push(reading.invitation);
  }
  const byRoom = (items: readonly Invitation[]) =>
    Object.fromEntries(items.map((i) => [i.roomId, i]));
  // Of two invites to a room, the latter is in the database.
  assert.deepEqual(byRoom(found), byRoom(recorder.invites.items));
  assert.equal(found.length, 5);
  assert.equal(end, undefined);
  assert.equal(found.filter(({ reinvite }) => reinvite).length, 1);
  assert.deepEqual(found.flatMap(({ facts }) => facts.inviterName ?? []).sort(), [
    ...["Mallory O'Neill", "Mallory O'Neill", "alice", "alice", "alice"],
  ]);

  const asked = found.map(({ roomId, invitee, eventId = "" }) => ({ roomId, invitee, eventId }));
  assert.deepEqual(await memberships.answers(asked), []);
  await bob.join(rooms[0] as string);
  await bob.leave(rooms[1] as string);
  await bob.join(remote[0] as string);
  await bob.leave(remote[1] as string);
  const bobs = () => recorder.answers.items.filter(({ invitee }) => invitee === bob.id);
  await recorder.answers.find(() => bobs().length === 4, 60_000);
  const answers: Answer[] = [];
  for (const { event } of await memberships.answers(asked)) {
    const reading = readEvent(event, recorder.rules, Date.now());
    if (reading.kind === "answer") answers.push(reading.answer);
  }
  const byKey = (items: readonly Answer[]) => Object.fromEntries(items.map((a) => [a.key, a]));
  assert.deepEqual(byKey(answers), byKey(bobs()));
});
