import assert from "node:assert/strict";
import postgres from "postgres";
import type { UserId } from "../../../src/domain/user_id.ts";
import type { MailOutcome, Outbox } from "../../../src/outbox/port.ts";
import { HOUR } from "../../../src/settings/duration.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { answer, invite, mailTo } from "../../contracts/outbox_samples.ts";
import { IS_THOROUGH } from "../../thorough.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

const ENGINES = 4;
// Few people, rooms and inviters, so that the engines meet.
const PEOPLE = 12;
const BODIES = IS_THOROUGH ? 100 : 20;
const LEASE_MS = 4000;
const DELAY_MS = 100;

const PER_ADDRESS = { count: 6, per: HOUR };
// Claims wait for one another only where this is set.
const OVERALL = { count: 60, per: HOUR };
type Overall = typeof OVERALL | null;
const PER_INVITER = { count: 40, per: HOUR };
const OWN_SHARE = 0.5;
const GATHERING = { delay: DELAY_MS, window: 200, longest: 800 };

/** Chooses at random, and the same again for the same seed (mulberry32). */
function chooser(seed: number) {
  let state = seed;
  function random(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    below: (count: number) => Math.floor(random() * count),
    oneIn: (count: number) => random() * count < 1,
  };
}

/** What was asked for and what came out, by which the outbox is judged. */
class Ledger {
  readonly accepted = new Set<number>();
  readonly answered = new Map<number, number>();
  readonly stopped = new Map<string, number>();
  readonly lookedUp = new Map<string, Set<number>>();
  readonly sentMails = new Set<number>();
  readonly told = new Set<string>();
  readonly perAddress = new Map<string, number>();
  readonly wrong: string[] = [];
}

// The last two people share an address.
const addressAt = (person: number) => `person${Math.min(person, PEOPLE - 2)}@example.org`;

async function accept(outbox: Outbox, engine: number, ledger: Ledger): Promise<void> {
  const choose = chooser(engine);
  for (let body = 0; body < BODIES; body++) {
    const changes = Array.from({ length: 1 + choose.below(3) }, (_, index) => {
      const number = (engine * BODIES + body) * 3 + index;
      const invitee = `@${choose.below(PEOPLE)}:example.org` as UserId;
      const room = `!room${choose.below(4)}:example.org`;
      const inviter = choose.oneIn(2)
        ? `@own${choose.below(2)}:example.org`
        : `@stranger${choose.below(2)}:other${choose.below(2)}.example`;
      return choose.oneIn(3)
        ? answer(number, { invitee, room, how: choose.oneIn(2) ? "joined" : "declined" })
        : invite(number, { invitee, room, inviter });
    });
    const now = Date.now();
    const record = () => outbox.record(changes, { receivedAt: now, dueAt: now + DELAY_MS });
    // Homeservers send again what they got no answer for, at times to another service.
    const recorded = await Promise.all(choose.oneIn(5) ? [record(), record()] : [record()]);
    for (const change of recorded.flat()) {
      if (change.kind === "seen") ledger.accepted.add(change.invitation);
      if (change.kind !== "answered") continue;
      for (const id of change.invitations) ledger.answered.set(id, performance.now());
    }
  }
}

async function resolve(outbox: Outbox, ledger: Ledger, choose: ReturnType<typeof chooser>) {
  const options = { perInviter: PER_INVITER, perServer: null, perRoom: null, ownShare: OWN_SHARE };
  const claimed = await outbox.claimInvitations(8, options);
  for (const claim of claimed) {
    const ids = ledger.lookedUp.get(claim.inviter) ?? new Set();
    ledger.lookedUp.set(claim.inviter, ids.add(claim.id));
    // As a service that ends at that moment.
    if (choose.oneIn(30)) continue;
    const address = addressAt(Number(/\d+/.exec(claim.invitee)?.[0]));
    await outbox.settleInvitation(
      claim,
      choose.oneIn(10)
        ? { kind: "deferred", reason: "the store is down", until: Date.now() + 50 }
        : { kind: "resolved", mails: [mailTo(address)] },
    );
  }
  return claimed.length;
}

async function deliver(
  outbox: Outbox,
  ledger: Ledger,
  overall: Overall,
  choose: ReturnType<typeof chooser>,
) {
  const begun = performance.now();
  const claimed = await outbox.claimMails({
    count: 8,
    perAddress: PER_ADDRESS,
    overall,
    ownShare: OWN_SHARE,
  });
  for (const claim of claimed) {
    const { id, address, invitations } = claim;
    if ((ledger.stopped.get(address) ?? Infinity) < begun) {
      ledger.wrong.push(`mail ${id} is to an address that was stopped`);
    }
    for (const invitation of invitations) {
      if ((ledger.answered.get(invitation.id) ?? Infinity) < begun) {
        ledger.wrong.push(`mail ${id} is about ${invitation.id}, which was answered`);
      }
    }
    if (choose.oneIn(30)) continue;
    const outcome: MailOutcome = choose.oneIn(6)
      ? { kind: "deferred", reason: "busy", until: Date.now() + 50 }
      : choose.oneIn(15)
      ? { kind: "rejected", reason: "no such address", replyCode: 550 }
      : { kind: "sent", response: "250 OK" };
    const settled = await outbox.settleMail(claim, outcome);
    // The lease had ended: another one has it.
    if (settled.kind === "lost" || outcome.kind !== "sent") continue;
    if (ledger.sentMails.has(id)) ledger.wrong.push(`mail ${id} was sent twice`);
    ledger.sentMails.add(id);
    ledger.perAddress.set(address, (ledger.perAddress.get(address) ?? 0) + 1);
    for (const invitation of invitations) {
      const told = `${invitation.id} ${address}`;
      if (ledger.told.has(told)) ledger.wrong.push(`invitation ${told} was mailed twice`);
      ledger.told.add(told);
    }
  }
  return claimed.length;
}

/** Stops an address, as the page of an email does, and at times everything's administration. */
async function intervene(outbox: Outbox, ledger: Ledger, accepting: AbortSignal): Promise<void> {
  const choose = chooser(99);
  for (let round = 0; !accepting.aborted; round++) {
    await systemClock.sleep(100);
    await outbox.resume(choose.oneIn(2) ? "mails" : "invitations", Date.now());
    await outbox.prune();
    await outbox.pruneFinished(Date.now() - HOUR);
    if (round !== 5) continue;
    const address = addressAt(3);
    const reference = { mail: -1, address: outbox.suppressions.hash("address", address) };
    assert(await outbox.suppressions.suppress(reference, "all", "link"));
    ledger.stopped.set(address, performance.now());
  }
}

/** Works until nothing is left to do but what waits for a limit. */
async function work(
  outbox: Outbox,
  seed: number,
  accepting: AbortSignal,
  step: (choose: ReturnType<typeof chooser>) => Promise<number>,
): Promise<void> {
  const choose = chooser(seed);
  for (;;) {
    if (await step(choose) > 0) continue;
    const dues = [await outbox.nextDue("invitations"), await outbox.nextDue("mails")];
    const isDue = dues.some((due) => due !== undefined && due < Date.now() + HOUR / 2);
    if (accepting.aborted && !isDue) return;
    await systemClock.sleep(20);
  }
}

/** What must hold in the tables when nothing is left to do; each query finds what breaks it. */
const INVARIANTS: Readonly<Record<string, string>> = {
  "nothing is claimed": `SELECT id FROM invitations WHERE lease_until IS NOT NULL
    UNION ALL SELECT id FROM mails WHERE state = 'sending'`,
  "what waits is parked": `SELECT id FROM invitations WHERE state = 'pending' AND parked IS NULL
    UNION ALL SELECT id FROM mails WHERE state = 'queued' AND parked IS NULL`,
  "what is parked will be woken": `SELECT id FROM invitations WHERE state = 'pending'
      AND NOT EXISTS (SELECT 1 FROM wake_ups WHERE wake_ups.parked = 'inviter' AND key = inviter)
    UNION ALL SELECT id FROM mails WHERE state = 'queued' AND NOT EXISTS (
      SELECT 1 FROM wake_ups WHERE wake_ups.parked = mails.parked
        AND key = CASE mails.parked WHEN 'address' THEN address_key ELSE '' END)`,
  "no slot of an address is free while an own inviter's mail waits for it":
    `SELECT id FROM mails WHERE state = 'queued' AND parked = 'address' AND own = 1
      AND (SELECT count(*) FROM mails AS other WHERE other.address_key = mails.address_key
        AND other.slot_at IS NOT NULL) < ${PER_ADDRESS.count}`,
  "no slot is free while an own inviter's mail waits for one":
    `SELECT id FROM mails WHERE state = 'queued' AND parked = 'overall' AND own = 1
      AND (SELECT count(*) FROM mails WHERE overall_slot_at IS NOT NULL) < ${OVERALL.count}`,
  "no two mails gather for one person": `SELECT min(id) FROM mails WHERE state = 'queued'
      AND tries = 0 AND kind <> 'reminder' GROUP BY user_id, address HAVING count(*) > 1`,
  "an open mail has something open": `SELECT id FROM mails WHERE state = 'queued'
      AND NOT EXISTS (SELECT 1 FROM mail_invitations WHERE mail_id = mails.id AND open = 1)`,
  "what is open in a mail was not answered":
    `SELECT id FROM mails JOIN mail_invitations ON mail_id = mails.id
      WHERE mails.state = 'queued' AND open = 1
        AND (SELECT answered FROM invitations WHERE id = invitation_id) = 1`,
  "a resolved invitation has a mail": `SELECT id FROM invitations WHERE state = 'resolved'
      AND NOT EXISTS (SELECT 1 FROM mail_invitations WHERE invitation_id = invitations.id)`,
  "every key is remembered": `SELECT id FROM invitations
      WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.key = invitations.key)`,
  "no two invitations of a pair wait": `SELECT min(id) FROM invitations
      WHERE state = 'pending' AND answered = 0 GROUP BY room_id, invitee HAVING count(*) > 1`,
};

async function check(server: Postgresql, schema: string, ledger: Ledger): Promise<void> {
  const { user, password } = server.superuser;
  const options = { host: "127.0.0.1", port: server.port, username: user, password, max: 1 };
  const sql = postgres({ ...options, database: "postgres", connection: { search_path: schema } });
  try {
    const broken: Record<string, unknown> = {};
    for (const [name, query] of Object.entries(INVARIANTS)) {
      const rows = await sql.unsafe(query);
      if (rows.length > 0) broken[name] = [...rows];
    }
    assert.deepEqual(broken, {});
    const stored = await sql.unsafe("SELECT id FROM invitations");
    const ids = new Set(stored.map(({ id }) => Number(id)));
    assert.deepEqual([...ledger.accepted].filter((id) => !ids.has(id)), [], "lost");
    assert.equal(ids.size, ledger.accepted.size, "stored twice");
    const [statistics] = await sql.unsafe(
      "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'",
    );
    assert.equal(Number(statistics?.deadlocks), 0, "transactions waited for each other");
  } finally {
    await sql.end();
  }
}

Deno.test("several services at once lose nothing, send nothing twice and keep to the limits", async () => {
  await using server = await startPostgresql({ fsync: true });
  await run(server, null);
  await run(server, OVERALL);
});

async function run(server: Postgresql, overall: Overall): Promise<void> {
  const schema = newSchema();
  await using opened = new AsyncDisposableStack();
  const outboxes: Outbox[] = [];
  for (let engine = 0; engine < ENGINES; engine++) {
    outboxes.push(opened.use(
      await openIn({
        address: addressOf(server, server.port),
        schema,
        clock: systemClock,
        lease: LEASE_MS,
        gathering: GATHERING,
      }),
    ));
  }
  const ledger = new Ledger();
  const accepted = new AbortController();
  const accepting = Promise.all(outboxes.map((outbox, engine) => accept(outbox, engine, ledger)))
    .finally(() => accepted.abort());
  const [first] = outboxes;
  assert(first);
  await Promise.all([
    accepting,
    intervene(first, ledger, accepted.signal),
    ...outboxes.flatMap((outbox, engine) => [
      work(outbox, 10 + engine, accepted.signal, (choose) => resolve(outbox, ledger, choose)),
      work(
        outbox,
        20 + engine,
        accepted.signal,
        (choose) => deliver(outbox, ledger, overall, choose),
      ),
    ]),
  ]);
  assert.deepEqual(ledger.wrong, []);
  for (const [inviter, ids] of ledger.lookedUp) {
    assert(ids.size <= PER_INVITER.count, `${inviter}: ${ids.size} invitations`);
  }
  for (const [address, count] of ledger.perAddress) {
    assert(count <= PER_ADDRESS.count, `${address}: ${count} mails`);
  }
  assert(ledger.sentMails.size <= (overall?.count ?? Infinity), `${ledger.sentMails.size} mails`);
  assert(ledger.sentMails.size > PEOPLE, `only ${ledger.sentMails.size} mails`);
  await check(server, schema, ledger);
}
