/**
 * Measures how long an outbox in PostgreSQL takes to record a transaction with an invite: while nothing
 * else happens, while four services work as fast as they can, with 100,000 rows that wait, and with a
 * transaction that somebody holds open.
 *
 * Usage: deno task load:postgresql [--samples 1000] [--hold SECONDS] [--rows 100000]
 *
 * @module
 */

import { parseArgs } from "node:util";
import postgres from "postgres";
import type { UserId } from "../../../src/domain/user_id.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { HOUR } from "../../../src/settings/duration.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { invite, mailTo, SENT } from "../../contracts/outbox_samples.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, openIn } from "./subject.ts";

const SERVICES = 4;
const SCHEMA = "load";
const DELAY_MS = 200;
// Between two measurements: more than a homeserver sends.
const PAUSE_MS = 20;
const WARM_UP = 30;

const HELP = `Usage: deno task load:postgresql [OPTIONS]

  --samples N  how many invites are measured in each situation (1000)
  --hold N     for how many seconds a transaction is held open (60)
  --rows N     how many rows wait (100000)
  --help       print this`;

let count = 0;

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      samples: { type: "string", default: "1000" },
      hold: { type: "string", default: "60" },
      rows: { type: "string", default: "100000" },
      service: { type: "string" },
      port: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) await Deno.stdout.write(new TextEncoder().encode(`${HELP}\n`));
  else if (values.service !== undefined) await serve(Number(values.service), Number(values.port));
  else await measure(Number(values.samples), Number(values.hold), Number(values.rows));
}

function open(superuser: Postgresql["superuser"], port: number): Promise<Outbox> {
  return openIn({
    address: addressOf({ superuser }, port),
    schema: SCHEMA,
    clock: systemClock,
    gathering: { delay: DELAY_MS, window: 1000, longest: 10_000 },
  });
}

// Everybody is another person, of one of many rooms and inviters.
async function recordOne(outbox: Outbox, service: number): Promise<void> {
  const number = ++count * 10 + service;
  const change = invite(number, {
    invitee: `@person${number}:example.org` as UserId,
    room: `!room${number % 5003}:example.org`,
    inviter: number % 3 === 0
      ? `@own${number % 1009}:example.org`
      : `@${number % 1009}:other.example`,
  });
  const now = Date.now();
  await outbox.record([change], { receivedAt: now, dueAt: now + DELAY_MS });
}

/** One service that works as fast as it can, until it is killed. */
async function serve(service: number, port: number): Promise<void> {
  const outbox = await open({ user: "postgres", password: "superuser" }, port);
  const perInviter = { count: 1000, per: HOUR };
  const forever = async (step: () => Promise<number>) => {
    for (;;) if (await step() === 0) await systemClock.sleep(20);
  };
  const accept = async () => {
    await recordOne(outbox, service);
    return 1;
  };
  const resolve = async () => {
    const claimed = await outbox.claimInvitations(16, { perInviter });
    await Promise.all(claimed.map((claim) => {
      const address = claim.invitee.slice(1).replace(":", "@");
      return outbox.settleInvitation(claim, { kind: "resolved", mails: [mailTo(address)] });
    }));
    return claimed.length;
  };
  const deliver = async () => {
    const limits = { perAddress: { count: 10, per: HOUR }, overall: null, ownShare: 0.5 };
    const claimed = await outbox.claimMails({ count: 16, ...limits });
    await Promise.all(claimed.map((claim) => outbox.settleMail(claim, SENT)));
    return claimed.length;
  };
  await Promise.all([forever(accept), forever(resolve), forever(deliver)]);
}

async function startServices(port: number): Promise<AsyncDisposable> {
  const children = Array.from(
    { length: SERVICES },
    (_, service) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--quiet", import.meta.filename ?? ""].concat(
          ["--service", `${service + 1}`, "--port", `${port}`],
        ),
        stdout: "null",
      }).spawn(),
  );
  await systemClock.sleep(5000);
  return {
    async [Symbol.asyncDispose]() {
      for (const child of children) kill(child);
      await Promise.all(children.map(({ status }) => status));
    },
  };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended with an error, which it printed.
  }
}

/** The times of recording, in milliseconds. */
async function timesOf(outbox: Outbox, samples: number) {
  const times: number[] = [];
  for (let sample = -WARM_UP; sample < samples; sample++) {
    const begun = performance.now();
    await recordOne(outbox, 0);
    if (sample >= 0) times.push(performance.now() - begun);
    await systemClock.sleep(PAUSE_MS);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => Math.round((times[Math.floor(times.length * part)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(0.99999) };
}

async function measure(samples: number, hold: number, rows: number): Promise<void> {
  await using server = await startPostgresql({ fsync: true });
  await using outbox = await open(server.superuser, server.port);
  const table: Record<string, unknown> = {};
  const add = async (name: string) => {
    const before = await outbox.counts();
    const begun = performance.now();
    table[name] = {
      ...await timesOf(outbox, samples),
      "mails/s": Math.round(
        (((await outbox.counts()).mails.sent ?? 0) - (before.mails.sent ?? 0)) /
          ((performance.now() - begun) / 1000),
      ),
    };
    // deno-lint-ignore no-console -- the output of a script
    console.error(name, JSON.stringify(table[name]));
  };
  await add("idle");
  {
    await using _services = await startServices(server.port);
    await add(`${SERVICES} services`);
  }
  await server.run("postgres", ...waitingRows(rows));
  await add(`${rows} rows wait`);
  {
    await using _services = await startServices(server.port);
    await add(`${rows} rows wait, ${SERVICES} services`);
    const { user, password } = server.superuser;
    const options = { host: "127.0.0.1", port: server.port, username: user, password, max: 1 };
    const sql = postgres({ ...options, database: "postgres" });
    await sql.begin("ISOLATION LEVEL REPEATABLE READ", async (held) => {
      await held.unsafe(`SELECT txid_current(), (SELECT count(*) FROM ${SCHEMA}.migrations)`);
      await systemClock.sleep(hold * 1000);
      await add(`the same, a transaction held open for ${hold} s`);
    });
    await sql.end();
  }
  // deno-lint-ignore no-console -- the output of a script
  console.table(table);
}

// Half are invitations that are not due yet, half are mails.
function waitingRows(rows: number): readonly string[] {
  const half = Math.ceil(rows / 2);
  return [
    `SET search_path TO ${SCHEMA}`,
    `INSERT INTO invitations (key, room_id, invitee, inviter, server, own, origin_ts, received_at,
       facts, state, due_at, resolved_at)
     SELECT 'waiting ' || n, '!w' || n % 5003, '@w' || n || ':example.org', '@i' || n % 1009,
       'other.example', n % 2, 0, extract(epoch FROM now()) * 1000, '{"room":{"kind":"room"}}',
       CASE WHEN n > ${half} THEN 'resolved' ELSE 'pending' END,
       extract(epoch FROM now()) * 1000 + ${HOUR}, NULL
     FROM generate_series(1, ${2 * half}) AS n`,
    `INSERT INTO mails (user_id, address, address_key, recipient, kind, message_id, state, queued_at,
       due_at, own, server, first_at)
     SELECT invitee, 'w' || id || '@example.org', 'w' || id || '@example.org', '{"name":""}',
       'invite', '<' || id || '@w>', 'queued', received_at, due_at, own, server, received_at
     FROM invitations WHERE key LIKE 'waiting %' AND state = 'resolved'`,
    `INSERT INTO mail_invitations (mail_id, invitation_id) SELECT mails.id, invitations.id
     FROM mails JOIN invitations ON message_id = '<' || invitations.id || '@w>'`,
  ];
}
