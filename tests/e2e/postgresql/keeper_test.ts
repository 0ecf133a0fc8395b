import assert from "node:assert/strict";
import postgres from "postgres";
import type { UserId } from "../../../src/domain/user_id.ts";
import { hashUserId } from "../../../src/domain/user_id_hash.ts";
import { acceptTransaction } from "../../../src/notify/accept/accept.ts";
import { CatchUp } from "../../../src/notify/accept/catch_up.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import type { RecordRef } from "../../../src/outbox/records.ts";
import { BELIEVED_MS } from "../../../src/outbox/postgresql/keeper.ts";
import { HOUR } from "../../../src/settings/duration.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { answer, invite } from "../../contracts/outbox_samples.ts";
import { RULES } from "../../fakes/notify/service.ts";
import { IS_THOROUGH } from "../../thorough.ts";
import { type Pgbouncer, startPgbouncer } from "../servers/pgbouncer.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { startTap } from "../servers/tap.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

const WAIT_MS = 30_000;
const ROUNDS = IS_THOROUGH ? 12 : 4;

let server: Postgresql;
let pooler: Pgbouncer;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true, settings: { log_statement: "all" } });
  pooler = await startPgbouncer(server);
});
Deno.test.afterAll(async () => {
  await pooler?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** A service's outbox, which it checks as long as it does not stand still. */
async function openService(schema: string, port = server.port) {
  const address = addressOf(server, port);
  const outbox = await openIn({ address, schema, clock: systemClock });
  const ended = new AbortController();
  let checking = Promise.resolve();
  return {
    outbox,
    /** Begins to check it, each second in a service. */
    check() {
      checking = (async () => {
        while (!ended.signal.aborted) {
          await outbox.check();
          await systemClock.sleep(20, ended.signal);
        }
      })();
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await checking;
      await outbox[Symbol.asyncDispose]();
    },
  };
}

async function waitFor<Value>(find: () => Promise<Value | undefined>): Promise<Value> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, "it does not happen");
    await systemClock.sleep(10);
  }
}

async function record(
  outbox: Outbox,
  number: number,
  invitee: UserId,
  delay = HOUR,
): Promise<number> {
  const now = Date.now();
  const options = { receivedAt: now, dueAt: now + delay };
  const [recorded] = await outbox.record([invite(number, { invitee })], options);
  assert.ok(recorded?.kind === "seen");
  return recorded.invitation;
}

/** Records an invite and ends it without a mail: then nobody waits for an answer. */
async function recordSkipped(outbox: Outbox, number: number, invitee: UserId): Promise<RecordRef> {
  const id = await record(outbox, number, invitee, 0);
  for (const claim of await outbox.claimInvitations(1)) {
    await outbox.settleInvitation(claim, { kind: "skipped", reason: "no address" });
  }
  return { work: "invitations", id };
}

async function assertAwaits(outbox: Outbox, invitee: UserId): Promise<void> {
  const awaited = await outbox.awaited();
  assert.ok(awaited === undefined || awaited.has(hashUserId(invitee)), `${invitee} is awaited`);
}

function bodyOf(membership: string, person: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    events: [{
      type: "m.room.member",
      room_id: "!plans:example.org",
      event_id: `$${membership}-${person}`,
      sender: person,
      state_key: person,
      origin_server_ts: Date.now(),
      content: { membership },
    }],
  }));
}

Deno.test("while invitations wait, a transaction without an answer costs no query", async () => {
  await using service = await openService(newSchema());
  const { outbox } = service;
  const catchUp = new CatchUp({ outbox, clock: systemClock, domain: RULES.domain });
  const accept = (body: Uint8Array) =>
    acceptTransaction(body, {
      ...{ outbox, catchUp, clock: systemClock, rules: RULES },
      ...{ delay: HOUR, added: false, repeatAfter: 24 * HOUR },
    });
  for (let number = 0; number < 20; number++) {
    await record(outbox, number, `@awaited${number}:example.org` as UserId);
  }
  service.check();
  await waitFor(() => outbox.awaited());
  // Where a machine is so busy that checks take seconds, the keeper asks meanwhile.
  await waitFor(async () => {
    const before = await queries();
    for (let number = 0; number < 100; number++) {
      await accept(bodyOf(number % 2 ? "join" : "leave", `@somebody${number}:example.org`));
    }
    return await queries() === before || undefined;
  });
  const before = await queries();
  await accept(bodyOf("join", "@awaited7:example.org"));
  assert.ok(await queries() > before, "queries are counted");
  const [history] = await outbox.histories("@awaited7:example.org" as UserId, 1);
  assert.equal(history?.state, "cancelled");
});

// How many queries there were of what waits; checking an outbox makes others.
async function queries(): Promise<number> {
  const log = await Deno.readTextFile(`${server.home}/log`);
  return log.match(/FROM (?:invitations|mails)/g)?.length ?? 0;
}

for (
  const [name, portOf] of [
    ["what one service records, the others know or ask for", () => server.port],
    ["through PgBouncer, the others know as well or ask", () => pooler.port],
  ] as const
) {
  Deno.test(name, async () => {
    const schema = newSchema();
    await using stack = new AsyncDisposableStack();
    const outboxes: Outbox[] = [];
    for (let count = 0; count < 3; count++) {
      const service = stack.use(await openService(schema, portOf()));
      service.check();
      outboxes.push(service.outbox);
    }
    const sql = postgres(urlOf(), { max: 1, onnotice: () => {} });
    stack.defer(() => sql.end());
    const late = "@late:example.org" as UserId;
    const [first] = outboxes as [Outbox];
    const row = await recordSkipped(first, ROUNDS, late);
    let known = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // As if ten minutes had passed.
      await sql.unsafe(
        `DELETE FROM ${schema}.meta WHERE key = 'keeper' AND encode(value, 'escape') LIKE '%since%'`,
      );
      // Several ask at once; one of them is the keeper then, if none was.
      const knows = async () =>
        (await Promise.all(outboxes.map((outbox) => outbox.awaited())))
          .some((awaited) => awaited !== undefined) || undefined;
      if (await waitFor(knows)) known++;
      const invitee = `@person${round}:example.org` as UserId;
      const recording = outboxes[round % 2 === 0 ? 1 : round % 3] as Outbox;
      await record(recording, round, invitee);
      await Promise.all(outboxes.map((outbox) => assertAwaits(outbox, invitee)));
    }
    assert.equal(known, ROUNDS);
    // What an administrator does beside them counts as well.
    const last = outboxes[2] as Outbox;
    await first.records.retry(row);
    await Promise.all(outboxes.map((outbox) => assertAwaits(outbox, late)));
    const now = Date.now();
    const [answered] = await last.record([answer(1, { invitee: late })], {
      receivedAt: now,
      dueAt: now,
    });
    assert.equal(answered?.kind, "answered");
  });
}

function urlOf(): string {
  const { user, password } = server.superuser;
  return `postgres://${user}:${password}@127.0.0.1:${server.port}/postgres`;
}

Deno.test("a keeper that stands still is waited for, and does not believe that it is one", async () => {
  const schema = newSchema();
  await using still = await openService(schema);
  await using other = await openService(schema);
  await waitFor(() => still.outbox.awaited());
  const invitee = "@person:example.org" as UserId;
  const begun = performance.now();
  await record(other.outbox, 1, invitee);
  assert.ok(performance.now() - begun >= BELIEVED_MS);
  assert.equal(await still.outbox.awaited(), undefined);
  // It is not waited for twice, and a service that ended in order not at all.
  const again = performance.now();
  await record(other.outbox, 2, invitee);
  assert.ok(performance.now() - again < BELIEVED_MS);
});

Deno.test("a service that ends in order leaves its place to the next one at once", async () => {
  const schema = newSchema();
  {
    await using first = await openService(schema);
    await waitFor(() => first.outbox.awaited());
  }
  await using next = await openService(schema);
  const begun = performance.now();
  await record(next.outbox, 1, "@person:example.org" as UserId);
  assert.ok(performance.now() - begun < BELIEVED_MS);
  assert.ok(await waitFor(() => next.outbox.awaited()));
});

Deno.test("a keeper whose commit is in doubt asks until the server has ended that", async () => {
  const schema = newSchema();
  await using tap = startTap(server.port);
  await using service = await openService(schema, tap.port);
  const { outbox } = service;
  await using stack = new AsyncDisposableStack();
  const sql = postgres(urlOf(), { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end());
  const late = "@late:example.org" as UserId;
  const row = await recordSkipped(outbox, 1, late);
  // From now on a commit that changes an invitation takes as long as the test has a lock.
  await sql.unsafe(`CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END'`);
  await sql.unsafe(`CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON ${schema}.invitations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${schema}.wait()`);
  await sql`SELECT pg_advisory_lock(42)`;
  // Reads the people again, of whom one has ceased to matter.
  await outbox.records.cancel({ work: "invitations", id: 99 });
  assert.equal((await waitFor(() => outbox.awaited())).has(hashUserId(late)), false);

  const waits = async (query: string) =>
    (await sql`SELECT 1 FROM pg_stat_activity
      WHERE wait_event = 'advisory' AND starts_with(query, ${query})`).length > 0 || undefined;
  const lost = assert.rejects(outbox.records.retry(row));
  await waitFor(() => waits("COMMIT"));
  tap.cut();
  await lost;
  await outbox.check();
  // It waits for what the server does.
  await waitFor(async () => await outbox.awaited() ?? await waits("BEGIN"));
  await assertAwaits(outbox, late);
  await sql`SELECT pg_advisory_unlock(42)`;
  const awaited = await waitFor(async () => {
    await outbox.check();
    return await outbox.awaited();
  });
  assert.equal((await outbox.records.invitation(row.id))?.state, "pending");
  assert.ok(awaited.has(hashUserId(late)));
});
