import assert from "node:assert/strict";
import { OutboxError } from "../../../src/outbox/port.ts";
import { migrationScript } from "../../../src/outbox/postgresql/migrations.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemClock } from "../../../src/system/clock.ts";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  PAST_LEASE,
  queueMails,
  record,
  recordInvite,
  SENT,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function pair() {
  const clock = new ManualClock();
  const options = { address: addressOf(server, server.port), schema: newSchema(), clock };
  const open = async () => {
    const outbox = await openIn({ ...options, time: () => clock.now() });
    return { outbox, clock, [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose]() };
  };
  return { ...options, open };
}

async function refusal(opening: Promise<AsyncDisposable>): Promise<OutboxError> {
  try {
    await using _outbox = await opening;
  } catch (error) {
    if (error instanceof OutboxError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

Deno.test("a claim of a service that has ended is another's once its lease is over", async () => {
  const { open, clock } = pair();
  await using one = await open();
  await using other = await open();
  await recordInvite(one, invite(1));
  clock.advance(DELAY);
  const claim = await claimInvitation(one);
  assert.deepEqual(await other.outbox.claimInvitations(10), []);
  const next = await other.outbox.nextDue("invitations");
  assert.ok(next !== undefined && next > clock.now());
  clock.advance(next - clock.now());
  const taken = await claimInvitation(other);
  assert.equal(taken.id, claim.id);
  const settled = await one.outbox.settleInvitation(claim, { kind: "resolved", mails: [] });
  assert.deepEqual(settled, { kind: "lost" });
  assert.deepEqual(await one.outbox.claimInvitations(10), [], "the other one's is taken back");
});

Deno.test("a claim that is held is renewed, and nobody else's", async () => {
  const { open, clock } = pair();
  await using one = await open();
  await using other = await open();
  await queueMails(one, invite(1));
  clock.advance(DELAY);
  const mail = await claimMail(one);
  using _held = one.outbox.hold("mails", mail);
  for (let waited = 0; waited < PAST_LEASE; waited += PAST_LEASE / 20) {
    clock.advance(PAST_LEASE / 20);
    await one.outbox.check();
    assert.deepEqual(await other.outbox.claimMails({ count: 10, perAddress: null }), []);
  }
  assert.equal((await one.outbox.settleMail(mail, SENT)).kind, "settled");
});

Deno.test("a service that was paused loses what others took over, and keeps what they did not", async () => {
  const { open, clock } = pair();
  await using paused = await open();
  await using other = await open();
  await queueMails(paused, invite(1));
  clock.advance(DELAY);
  const claim = { count: 1, perAddress: null };
  const [mail] = await paused.outbox.claimMails(claim);
  assert.ok(mail);
  using _held = paused.outbox.hold("mails", mail);
  clock.advance(PAST_LEASE);
  assert.equal(await paused.outbox.isHeld("mails", mail), true);
  assert.deepEqual(await other.outbox.claimMails(claim), [], "the claim was renewed");
  clock.advance(PAST_LEASE);
  const [taken] = await other.outbox.claimMails(claim);
  assert.equal(taken?.id, mail.id);
  assert.equal(await paused.outbox.isHeld("mails", mail), false);
});

Deno.test("an invite that two services record is one invitation", async () => {
  const { open } = pair();
  await using one = await open();
  await using other = await open();
  const both = await Promise.all([one, other].map((subject) => record(subject, invite(1))));
  assert.deepEqual(both.flat().map(({ kind }) => kind).sort(), ["known", "seen"]);
});

Deno.test("what one service records wakes the others", async () => {
  const { address, schema } = pair();
  const clock = systemClock;
  await using one = await openIn({ address, schema, clock });
  await using other = await openIn({ address, schema, clock });
  const woken = Promise.withResolvers<void>();
  other.onWork(() => woken.resolve());
  await one.record([invite(1)], { receivedAt: clock.now(), dueAt: clock.now() });
  await woken.promise;
});

Deno.test("texts that PostgreSQL cannot store are stored and found", async () => {
  const { open } = pair();
  await using subject = await open();
  const room = "!nul\0and\ud800half:example.org";
  await recordInvite(subject, invite(1, { room }));
  assert.equal((await subject.outbox.openInvitations(0, 10))[0]?.roomId, room);
  assert.equal((await record(subject, invite(1, { room })))[0]?.kind, "known");
});

Deno.test("a restart of the server is a pause, and nothing is lost", async () => {
  const { open, clock } = pair();
  await using subject = await open();
  await recordInvite(subject, invite(1));
  await server.down();
  await assert.rejects(
    record(subject, invite(2)),
    (error) => error instanceof OutboxError && error.kind === "unavailable",
  );
  await server.up();
  assert.equal((await record(subject, invite(2)))[0]?.kind, "seen");
  clock.advance(DELAY);
  assert.ok((await subject.outbox.claimInvitations(10)).length > 0);
});

Deno.test("connections that the server ends while they are idle go unnoticed", async () => {
  const { open } = pair();
  await using subject = await open();
  await recordInvite(subject, invite(1));
  await server.run(
    "postgres",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND " +
      "application_name = 'appservice-mxisd'",
  );
  assert.equal((await record(subject, invite(1)))[0]?.kind, "known");
});

Deno.test("a server that has become read-only takes nothing, until it can be written again", async () => {
  const { open } = pair();
  await using subject = await open();
  await server.run("postgres", "ALTER ROLE postgres SET default_transaction_read_only = on");
  try {
    await server.run(
      "postgres",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND " +
        "application_name = 'appservice-mxisd'",
    );
    await assert.rejects(record(subject, invite(1)), /is read-only/);
  } finally {
    await server.run(
      "postgres",
      "BEGIN READ WRITE; ALTER ROLE postgres RESET default_transaction_read_only; COMMIT",
    );
  }
  assert.equal((await record(subject, invite(1)))[0]?.kind, "seen");
});

Deno.test("tables of a newer program are refused at the start, and nothing is recorded any more", async () => {
  const { open, schema } = pair();
  await using subject = await open();
  await server.run("postgres", `INSERT INTO ${schema}.migrations (number) VALUES (99)`);
  const newer = /has version 99, but this program knows versions up to/;
  await assert.rejects(record(subject, invite(1)), newer);
  await assert.rejects(subject.outbox.check(), newer);
  const error = await refusal(open());
  assert.equal(error.kind, "refused");
  assert.match(error.message, newer);
});

Deno.test("a schema of another program is refused and left as it is", async () => {
  const { open, schema } = pair();
  await server.run("postgres", `CREATE SCHEMA ${schema}`, `CREATE TABLE ${schema}.mails (id int)`);
  assert.match((await refusal(open())).message, /has the tables of another program/);
});

Deno.test("a server that does not write to disk is refused", async () => {
  await using unsafe = await startPostgresql();
  const clock = new ManualClock();
  const address = addressOf(unsafe, unsafe.port);
  const error = await refusal(openIn({ address, schema: "mxisd", clock }));
  assert.equal(error.kind, "refused");
  assert.match(error.message, /fsync = off/);
});

Deno.test("a server that confirms commits before they are on disk is warned of", async () => {
  const { open } = pair();
  await using logs = await collectLogs();
  await server.run("postgres", "ALTER ROLE postgres SET synchronous_commit = off");
  try {
    await using _outbox = await open();
  } finally {
    await server.run("postgres", "ALTER ROLE postgres RESET synchronous_commit");
  }
  const warned = logs.at("warning").map(([event]) => event);
  assert.deepEqual(warned, ["commits are not synchronous"]);
});

Deno.test("while a newer program waits to change the tables, an older one ends, and none begins", async () => {
  const { open, schema, clock } = pair();
  await using subject = await open();
  await recordInvite(subject, invite(1));
  const announce = (until: number) =>
    server.run(
      "postgres",
      `INSERT INTO ${schema}.meta (key, value)
       VALUES ('upgrade', convert_to('{"version":99,"until":${until}}', 'UTF8'))
       ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    );
  await announce(clock.now() + 1);
  await assert.rejects(
    subject.outbox.check(),
    (error) => error instanceof OutboxError && error.kind === "refused",
  );
  // What it holds is finished.
  clock.advance(DELAY);
  await announce(clock.now() + 1);
  const claim = await claimInvitation(subject);
  const settled = await subject.outbox.settleInvitation(claim, { kind: "resolved", mails: [] });
  assert.equal(settled.kind, "settled");
  await using restarted = await open();
  await assert.rejects(
    restarted.outbox.check(),
    /a newer program changes the tables to version 99/,
  );
  // The newer one has died.
  clock.advance(1);
  await subject.outbox.check();
});

Deno.test("statements that are applied by hand can be applied again", async () => {
  const { schema, open } = pair();
  await server.run("postgres", migrationScript(schema));
  await server.run("postgres", migrationScript(schema));
  await using subject = await open();
  await recordInvite(subject, invite(1));
});

Deno.test("a user who may create nothing works with tables that were made by hand", async () => {
  const { schema, clock } = pair();
  const role = `${schema}_user`;
  await server.run("postgres", `CREATE ROLE ${role} LOGIN PASSWORD 'least'`);
  const address = { ...addressOf(server, server.port), user: role, password: new Secret("least") };
  const open = () => openIn({ address, schema, clock, time: () => clock.now() });
  assert.match((await refusal(open())).message, /storage migrations --sql/);
  await server.run(
    "postgres",
    migrationScript(schema),
    `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
  );
  await server.run(
    "postgres",
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
  );
  const outbox = await open();
  await using subject = {
    outbox,
    clock,
    [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
  };
  await recordInvite(subject, invite(1));
  assert.equal((await outbox.counts()).invitations.pending, 1);
});

Deno.test("services that start at once on an empty database make the tables once", async () => {
  const { open } = pair();
  const subjects = await Promise.all([open(), open(), open()]);
  for (const subject of subjects) {
    await record(subject, invite(1));
    await subject[Symbol.asyncDispose]();
  }
});
