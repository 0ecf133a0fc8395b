import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { UserId } from "../../../src/domain/user_id.ts";
import { stopTokens } from "../../../src/notify/stop_token.ts";
import { OutboxError } from "../../../src/outbox/port.ts";
import { SCHEMA_VERSION } from "../../../src/outbox/sqlite/migrations.ts";
import type { MailReference } from "../../../src/outbox/suppressions.ts";
import { DAY, SECOND } from "../../../src/settings/duration.ts";
import {
  BOB,
  CAROL,
  claimInvitation,
  DELAY,
  invite,
  mailTo,
  record,
  recordInvite,
  SENT,
  steps,
  type Subject,
} from "../../contracts/outbox_samples.ts";
import { ADDRESS, referenceTo } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { openFile, openSubject, temporaryFolder } from "./subject.ts";
import { KILLED_AT, TOKENS, VERSION_2, WAITING } from "./version_2.ts";

const VERSION_1 = new URL("fixtures/version_1.sql", import.meta.url);
const TABLES = [
  ...["invitations", "mails", "mail_invitations", "timeline", "suppressions", "seen"],
] as const;
const ZOE = "@zoe:example.org";

/** What new columns have in a row of before, other than NULL. */
const NEW_COLUMNS: Partial<
  Record<typeof TABLES[number], (row: Record<string, unknown>) => Record<string, unknown>>
> = {
  // All inviters are the homeserver's own.
  invitations: ({ resolved_at }) => ({
    ...{ own: 1, server: "example.org", late: 0, by_hand: 0, joined: 0 },
    ...{ inviter_slot_at: resolved_at, server_slot_at: resolved_at, room_slot_at: resolved_at },
    turn: 0,
  }),
  mails: ({ sent_at, state, fence, queued_at }) => ({
    ...{ own: 1, server: "example.org", hung: 0 },
    ...{ slot_at: sent_at, overall_slot_at: sent_at, turn: 0 },
    ...(state === "queued" || state === "sending"
      ? { tries: fence, first_at: queued_at }
      : { tries: 0, first_at: 0 }),
  }),
};

type Rows = Record<typeof TABLES[number], Record<string, unknown>[]>;

function makeFile(file: string, script: string): void {
  using database = new DatabaseSync(file);
  database.exec(script);
}

function readRows(file: string): Rows {
  using database = new DatabaseSync(file);
  return Object.fromEntries(TABLES.map((table) => [
    table,
    database.prepare(`SELECT * FROM ${table}`).all().map(({ address_hash, ...row }) =>
      table === "suppressions" ? { address_hash, ...row } : row
    ),
  ])) as Rows;
}

/** Lets the new program work on the file of version 2, a minute after the old one was killed. */
async function upgraded(
  work: (subject: Subject, file: string) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  makeFile(file, VERSION_2);
  const clock = new ManualClock(KILLED_AT + 60 * SECOND);
  await using outbox = openFile(file, clock);
  await work({ outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() }, file);
}

function referenceOf({ outbox }: Subject, who: keyof typeof TOKENS): MailReference {
  const token = stopTokens(outbox.secret).read(TOKENS[who]);
  assert(token, "the token is signed with the outbox's secret");
  return token;
}

/** Settles the invite of a person as resolved; the other invitations that are due stay claimed. */
async function settleInvite(
  subject: Subject,
  who: string,
  room: string,
  options: { readonly inviter?: string; readonly perInviter?: number } = {},
) {
  const { outbox, clock } = subject;
  const { inviter, perInviter } = options;
  const invitee = `@${who}:example.org` as UserId;
  await recordInvite(
    subject,
    invite(clock.now(), { invitee, room, ...(inviter === undefined ? {} : { inviter }) }),
  );
  clock.advance(DELAY);
  const claims = await outbox.claimInvitations(100, {
    perInviter: perInviter === undefined ? null : { count: perInviter, per: DAY },
  });
  const claim = claims.findLast((claimed) => claimed.invitee === invitee);
  if (claim === undefined) return (await steps(subject, invitee))[0]?.at(-1);
  const settled = await outbox.settleInvitation(
    claim,
    { kind: "resolved", mails: [mailTo(`${who}@mail.example`)] },
  );
  return settled.kind === "suppressed" ? settled.scopes : settled.kind;
}

Deno.test("an outbox of version 1 is brought up to date with all that is in it", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  makeFile(file, await Deno.readTextFile(VERSION_1));
  await using subject = openSubject(file);
  const { outbox, clock } = subject;
  assert.deepEqual(await outbox.counts(), {
    invitations: { pending: 1, resolved: 2 },
    mails: { queued: 2, sent: 1 },
  });
  assert.deepEqual(await outbox.suppressions.list(), []);
  // The link of the mail that was sent before.
  await outbox.suppressions.suppress(referenceTo(subject, 1), "all", "page");
  assert.deepEqual((await outbox.counts()).mails, { queued: 1, sent: 1, cancelled: 1 });
  clock.advance(10 * DELAY);
  const outcome = { kind: "resolved" as const, mails: [mailTo(ADDRESS)] };
  const settled = await outbox.settleInvitation(await claimInvitation(subject), outcome);
  assert.equal(settled.kind, "suppressed");
  using database = new DatabaseSync(file);
  assert.equal(database.prepare("PRAGMA user_version").get()?.user_version, SCHEMA_VERSION);
});

Deno.test("version 2: every row stays, but for the leases of the killed program", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  makeFile(file, VERSION_2);
  const before = readRows(file);
  const now = KILLED_AT + 60 * SECOND;
  await using _outbox = openFile(file, new ManualClock(now));
  const after = readRows(file);

  function changed(table: keyof Rows) {
    return after[table].flatMap((row, index) => {
      const old = before[table][index] ?? {};
      const columns = Object.keys(row).filter((column) =>
        row[column] !== (old[column] ?? NEW_COLUMNS[table]?.(row)[column] ?? null)
      );
      const values = Object.fromEntries(columns.map((column) => [column, row[column]]));
      return columns.length > 0 && old.id !== undefined ? [{ id: row.id, ...values }] : [];
    });
  }
  // Judy's lease ended; Gina joined while her mail was being sent.
  assert.deepEqual(changed("invitations"), [
    { id: 10, joined: 1 },
    { id: 16, due_at: 1799055110000, parked: "inviter" },
    { id: 18, state: "cancelled", reason: "answered", joined: 1 },
    { id: 20, lease_until: null },
  ]);
  assert.deepEqual(changed("mails"), [
    { id: 3, due_at: Date.UTC(2027, 0, 4, 9, 30, 10), parked: "address" },
    { id: 12, state: "queued", lease_until: null },
    {
      ...{ id: 13, state: "cancelled", reason: "answered", lease_until: null },
      ...{ tries: 1, first_at: 1799055130000 },
    },
  ]);
  assert.deepEqual(after.timeline.slice(before.timeline.length).map(({ id: _, ...row }) => row), [
    {
      invitation_id: 18,
      at: now,
      step: "cancelled",
      data: '{"mail":13,"reason":"answered"}',
    },
  ]);
  assert.deepEqual(after.timeline.slice(0, before.timeline.length), before.timeline);
  assert.deepEqual(after.seen, before.seen);
  const choices = before.suppressions.map((row) => ({ ...row, until: null }));
  assert.deepEqual(after.suppressions, choices);
  const sent = new Set(after.mails.flatMap(({ id, state }) => state === "sent" ? [id] : []));
  assert.deepEqual(
    after.mail_invitations,
    before.mail_invitations.map((row) => ({ ...row, told: sent.has(row.mail_id) ? 1 : 0 })),
  );
  for (const table of ["invitations", "mails"] as const) {
    assert.equal(after[table].length, before[table].length);
  }
});

Deno.test("version 2: what was in flight is claimed once more, under the same Message-ID", async () => {
  await upgraded(async ({ outbox, clock }) => {
    clock.set(KILLED_AT + DAY);
    const mails = await outbox.claimMails({ count: 100, perAddress: null });
    assert.deepEqual(
      Object.fromEntries(mails.map(({ address, messageId }) => [address, messageId])),
      WAITING,
    );
    assert.equal(mails.length, Object.keys(WAITING).length);
    const grace = mails.find(({ address }) => address === "grace@mail.example");
    assert.deepEqual([grace?.fence, grace?.attempts], [2, 0]);
    const frank = mails.find(({ address }) => address === "frank@mail.example");
    assert.deepEqual([frank?.attempts, frank?.deferredSince], [1, Date.UTC(2027, 0, 4, 9, 31, 40)]);
    assert.deepEqual(await outbox.claimMails({ count: 100, perAddress: null }), []);
    for (const mail of mails) await outbox.settleMail(mail, SENT);
    assert.deepEqual((await outbox.counts()).mails, {
      ...{ cancelled: 2, expired: 1, rejected: 1, sent: 10 },
    });

    const invitations = await outbox.claimInvitations(100);
    assert.deepEqual(
      invitations.map(({ invitee, attempts, fence }) => [invitee, attempts, fence]).sort(),
      [
        ["@ivan:example.org", 3, 5],
        ["@judy:example.org", 0, 2],
        ["@karl:example.org", 0, 1],
        ["@lena:example.org", 0, 2],
        ["@otto:example.org", 0, 1],
      ],
    );
  });
});

Deno.test("version 2: mails and invitations of before count against the limits", async () => {
  await upgraded(async (subject) => {
    const { outbox, clock } = subject;
    assert.equal(await settleInvite(subject, "bob", "!new:example.org"), "settled");
    const perAddress = { count: 2, per: DAY };
    const mails = await outbox.claimMails({ count: 100, perAddress });
    assert.deepEqual(
      mails.map(({ address }) => address).sort(),
      ["frank@mail.example", "grace@mail.example", "heidi@mail.example"],
    );
    assert.equal((await outbox.histories(BOB, 1))[0]?.timeline.at(-1)?.step, "limited");
    assert.equal(
      await settleInvite(subject, "walter", "!new:example.org", { inviter: ZOE, perInviter: 1 }),
      "limited",
    );
    // Bob's third and fourth mail, a day after the first and the second.
    clock.set(KILLED_AT + DAY);
    const later = await outbox.claimMails({ count: 100, perAddress });
    assert.equal(later.filter(({ userId }) => userId === BOB).length, 2);
  });
});

Deno.test("version 2: what was stopped stays stopped", async () => {
  for (
    const [who, room, options, expected] of [
      ["carol", "!new:example.org", { inviter: ZOE }, ["all"]],
      ["dave", "!plans:example.org", { inviter: ZOE }, ["room"]],
      ["dave", "!new:example.org", {}, "settled"],
      ["eve", "!new:example.org", {}, ["inviter"]],
      ["eve", "!plans:example.org", { inviter: ZOE }, "settled"],
      // Known by its hash alone.
      ["otto", "!new:example.org", { inviter: ZOE }, ["all"]],
    ] as const
  ) {
    await upgraded(async (subject) => {
      assert.deepEqual(await settleInvite(subject, who, room, options), expected);
    });
  }
});

Deno.test("version 2: mails from outside can be stopped, and numbers are not used again", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  makeFile(file, VERSION_2);
  let last = 0;
  {
    using database = new DatabaseSync(file);
    last = Number(database.prepare("SELECT max(id) AS id FROM suppressions").get()?.id);
    assert.ok(last > 1);
    database.prepare("DELETE FROM suppressions WHERE id = ?").run(last);
  }
  await using subject = openSubject(file);
  const { suppressions } = subject.outbox;
  const stayed = (await suppressions.list()).length;
  assert.equal(await suppressions.suppress(referenceTo(subject, 1), "outside", "page"), true);
  const all = await suppressions.list();
  assert.deepEqual([all.length, all.at(-1)?.id, all.at(-1)?.scope], [
    stayed + 1,
    last + 1,
    "outside",
  ]);
});

Deno.test("version 2: the links in mails of before show what they are about, stop and undo", async () => {
  await upgraded(async (subject) => {
    const { outbox: { suppressions, ...outbox }, clock } = subject;
    const bob = referenceOf(subject, "bob");
    assert.deepEqual(await suppressions.stateOf(bob), {
      about: {
        room: { kind: "room", name: "plans", encrypted: false },
        inviter: { id: "@alice:example.org", name: "Alice A." },
      },
      stopped: {},
      several: [],
    });
    assert.equal(await suppressions.suppress(bob, "inviter", "page"), true);
    assert.deepEqual((await outbox.counts()).mails, {
      ...{ cancelled: 3, expired: 1, queued: 3, rejected: 1, sent: 6 },
    });
    assert.equal(await suppressions.undo(bob, "inviter", clock.now()), true);
    assert.equal(await settleInvite(subject, "bob", "!new:example.org"), "settled");

    // What the old program stored, by the links of its own mails.
    const since = Date.UTC(2027, 0, 4, 9, 30, 20);
    for (const [who, scope] of [["carol", "all"], ["dave", "room"], ["eve", "inviter"]] as const) {
      const reference = referenceOf(subject, who);
      assert.deepEqual((await suppressions.stateOf(reference)).stopped, { [scope]: since });
      assert.equal(await suppressions.suppress(reference, scope, "page"), false);
      assert.equal(await suppressions.undo(reference, scope, since + 1), false);
      assert.equal(await suppressions.undo(reference, scope, since), true);
      assert.deepEqual((await suppressions.stateOf(reference)).stopped, {});
    }
    assert.equal(await settleInvite(subject, "carol", "!new:example.org"), "settled");
    assert.deepEqual((await suppressions.list()).map(({ addressKey }) => addressKey), [undefined]);
  });
});

Deno.test("version 2: a link cancels what waits, whether its mail is known or not", async () => {
  await upgraded(async (subject) => {
    const { suppressions, ...outbox } = subject.outbox;
    assert.equal(await suppressions.suppress(referenceOf(subject, "grace"), "all", "page"), true);
    const forgotten = referenceTo(subject, 4711, { address: "heidi@mail.example" });
    assert.equal(await suppressions.suppress(forgotten, "all", "page"), true);
    const mails = await outbox.claimMails({ count: 100, perAddress: null });
    // Bob's waited for the limit, which is off.
    assert.deepEqual(mails.map(({ address }) => address), [
      ...["bob@mail.example", "frank@mail.example"],
    ]);
  });
});

Deno.test("version 2: a transaction that comes again changes nothing", async () => {
  await upgraded(async (subject, file) => {
    using database = new DatabaseSync(file);
    const keys = database.prepare("SELECT key FROM seen").all().map(({ key }) => key as string);
    assert(keys.length > 20);
    const known = keys.map((key, index) => {
      const change = invite(index, { invitee: CAROL, room: `!${index}:example.org` });
      return { ...change, invitation: { ...change.invitation, key } };
    });
    const recorded = await record(subject, ...known);
    assert(recorded.every(({ kind }) => kind === "known"));
  });
});

Deno.test("version 2: a command waits for the service to bring the file up to date", () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  makeFile(file, VERSION_2);
  assert.throws(
    () => openFile(file, new ManualClock(), false),
    (error) =>
      error instanceof OutboxError && error.kind === "refused" &&
      error.message.includes(`schema version 2`),
  );
});
