import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { UserId } from "../../../src/domain/user_id.ts";
import { DAY } from "../../../src/settings/duration.ts";
import {
  answer,
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  drain,
  invite,
  record,
  recordInvite,
  SENT,
  type Subject,
} from "../../contracts/outbox_samples.ts";
import { referenceTo } from "../../contracts/outbox_suppressions.ts";
import { writeEmptyOutbox } from "../../fakes/outbox/empty_outbox.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { rowTest } from "../../thorough.ts";
import { openSubject, temporaryFolder } from "./subject.ts";

const DAN = "@dan:example.org" as UserId;

/** Changes the file as an administrator or a defect might: no check of the tables holds. */
function damage(file: string, sql: string): void {
  using database = new DatabaseSync(
    file,
    { enableForeignKeyConstraints: false, defensive: false } as never,
  );
  database.exec(`PRAGMA ignore_check_constraints = ON; ${sql}`);
}

/** Lets the tables hold values of any type, as before `STRICT` or after a defect. */
const NOT_STRICT = `PRAGMA writable_schema = ON;
  UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE type = 'table';
  PRAGMA writable_schema = RESET;`;

/** Opens an outbox, closes it for the damage, and opens it again as the next start does. */
async function damaged(
  before: (subject: Subject) => Promise<unknown>,
  sql: string,
  after: (subject: Subject, file: string) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  writeEmptyOutbox(file);
  let now: number;
  {
    await using subject = openSubject(file);
    await before(subject);
    now = subject.clock.now();
  }
  damage(file, sql);
  await using subject = openSubject(file);
  subject.clock.set(now);
  await after(subject, file);
}

const people = [BOB, CAROL, DAN];

async function recordThree(subject: Subject): Promise<void> {
  await record(subject, ...people.map((invitee) => invite(1, { invitee })));
  subject.clock.advance(DELAY);
}

async function queueThree(subject: Subject): Promise<void> {
  await recordThree(subject);
  for (const claim of await subject.outbox.claimInvitations(10)) {
    const address = claim.invitee.slice(1).replace(":", "@");
    await subject.outbox.settleInvitation(
      claim,
      {
        kind: "resolved",
        mails: [{
          address: address as never,
          addressKey: address,
          messageId: `<${claim.id}@example.org>`,
          recipient: { name: "" },
        }],
      },
    );
  }
}

const BAD_INVITATIONS: readonly (readonly [column: string, value: string])[] = [
  ["facts", "'{'"],
  ["facts", "'null'"],
  ["facts", "'[]'"],
  ["facts", "''"],
  ["facts", `'{"room":{"kind":"cellar","encrypted":false}}'`],
  ["facts", `'{"room":{"kind":"room","encrypted":false,"name":7}}'`],
  ["facts", "CAST(x'ff00fe' AS TEXT)"],
  ["invitee", "'carol'"],
  ["invitee", "''"],
  ["attempts", "-1"],
  ["attempts", "9223372036854775807"],
  ["deferred_since", "-5"],
  ["fence", "9223372036854775807"],
  ["fence", "-1"],
];

for (const [column, value] of BAD_INVITATIONS) {
  Deno.test(`an invitation whose ${column} is ${value} is set aside, and the others are mailed`, async () => {
    await using logs = await collectLogs();
    await damaged(
      recordThree,
      `UPDATE invitations SET ${column} = ${value} WHERE id = 2`,
      async (subject) => {
        const mails = await drain(subject);
        assert.deepEqual(mails.map(({ userId }) => userId), [BOB, DAN]);
        const named = { table: "invitations", row: 2, column };
        const [[event, data] = [], ...others] = logs.at("error");
        assert.deepEqual(others, []);
        assert.equal(event, "damaged row set aside");
        assert.deepEqual({ ...data, ...named }, data);
        assert.deepEqual((await subject.outbox.counts()).invitations, { failed: 1, resolved: 2 });
        assert.equal(await subject.outbox.nextDue("invitations"), undefined);
      },
    );
  });
}

const BAD_MAILS: readonly (readonly [column: string, value: string])[] = [
  ["recipient", "'{'"],
  ["recipient", "'{}'"],
  ["recipient", `'{"name":"Carol","language":7}'`],
  ["address", "'carol'"],
  ["address", `'"a b"@example.org' || char(10)`],
  ["address", "''"],
  ["user_id", "'carol'"],
  ["message_id", "'none'"],
  ["message_id", "'<a@b>' || char(13, 10) || 'Bcc: eve@example.org'"],
  ["kind", "'party'"],
  ["attempts", "-1"],
  ["queued_at", "-1"],
  ["queued_at", "9223372036854775807"],
  ["deferred_since", "9223372036854775807"],
  ["fence", "9223372036854775807"],
  ["failover", "'['"],
  ["failover", "'{}'"],
  ["failover", `'[{"address":"carol","messageId":"<a@b>"}]'`],
  ["failover", `'[{"address":"carol@home.example","messageId":"<a@b>\\r\\nBcc: eve"}]'`],
];

for (const [column, value] of BAD_MAILS) {
  Deno.test(`a mail whose ${column} is ${value} is set aside, and the others are sent`, async () => {
    await using logs = await collectLogs();
    await damaged(
      queueThree,
      `UPDATE mails SET ${column} = ${value} WHERE id = 2`,
      async (subject) => {
        const mails = await drain(subject);
        assert.deepEqual(mails.map(({ userId }) => userId), [BOB, DAN]);
        const [[event, data] = []] = logs.at("error");
        assert.equal(event, "damaged row set aside");
        assert.deepEqual({ ...data, table: "mails", row: 2, column }, data);
        assert.deepEqual((await subject.outbox.counts()).mails, { expired: 1, sent: 2 });
        const [history] = await subject.outbox.histories(CAROL, 1);
        assert.equal(history?.timeline.at(-1)?.step, "expired");
      },
    );
  });
}

const BROKEN_LINKS: Readonly<Record<string, string>> = {
  "a mail without invitations": "DELETE FROM mail_invitations WHERE mail_id = 2",
  "a mail whose invitation is gone": "DELETE FROM invitations WHERE id = 2",
  "a mail whose invitation has no facts": "UPDATE invitations SET facts = '' WHERE id = 2",
  "a mail whose invitation was received at no time":
    "UPDATE invitations SET received_at = -1 WHERE id = 2",
};

for (const [what, sql] of Object.entries(BROKEN_LINKS)) {
  for (const isSending of [false, true]) {
    Deno.test(`${what} is set aside${isSending ? " after a kill" : ""}, and the others are sent`, async () => {
      await using logs = await collectLogs();
      const before = async (subject: Subject) => {
        await queueThree(subject);
        if (isSending) await subject.outbox.claimMails({ count: 10, perAddress: null });
      };
      await damaged(before, sql, async (subject) => {
        const mails = await drain(subject);
        assert.deepEqual(mails.map(({ userId }) => userId), [BOB, DAN]);
        assert.equal(logs.at("error").length, 1);
        assert.deepEqual((await subject.outbox.counts()).mails, { expired: 1, sent: 2 });
        assert.equal(await subject.outbox.nextDue("mails"), undefined);
        // What comes for that person afterwards is accepted.
        await record(subject, answer(5, { invitee: CAROL }), invite(6, { invitee: CAROL }));
        subject.clock.advance(DELAY);
        assert.equal((await drain(subject)).length, 1);
      });
    });
  }
}

Deno.test("an invitation that refers to a mail that is gone can be answered", async () => {
  await damaged(queueThree, "DELETE FROM mails WHERE id = 2", async (subject) => {
    const [recorded] = await record(subject, answer(2, { invitee: CAROL }));
    assert.equal(recorded?.kind, "answered");
    assert.equal((await subject.outbox.histories(CAROL, 1)).length, 1);
    assert.equal((await drain(subject)).length, 2);
  });
});

Deno.test("a mail is settled though its invitation has gone meanwhile", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  await recordInvite(subject, invite(1));
  subject.clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  await subject.outbox.settleInvitation(claim, {
    kind: "resolved",
    mails: [{
      address: "bob@example.org" as never,
      addressKey: "bob@example.org",
      messageId: "<1@example.org>",
      recipient: { name: "" },
    }],
  });
  const mail = await claimMail(subject);
  damage(file, "DELETE FROM invitations");
  await subject.outbox.settleMail(mail, SENT);
  assert.deepEqual((await subject.outbox.counts()).mails, { sent: 1 });
});

/** All that a service does, for everybody. */
async function doEverything(subject: Subject): Promise<void> {
  const { outbox, clock } = subject;
  const mails = await drain(subject);
  assert(mails.some(({ userId }) => userId === DAN));
  for (const invitee of people) await outbox.histories(invitee, 10);
  await outbox.counts();
  await outbox.suppressions.list();
  await outbox.suppressions.stateOf(referenceTo(subject, 2));
  for (const scope of ["room", "inviter", "all"] as const) {
    await outbox.suppressions.suppress(referenceTo(subject, 2), scope, "page");
  }
  await outbox.prune();
  await record(subject, ...people.map((invitee) => answer(7, { invitee })));
  await record(subject, ...people.map((invitee) => invite(8, { invitee })));
  clock.advance(DELAY);
  assert((await drain(subject)).some(({ userId }) => userId === DAN));
  for (const work of ["invitations", "mails"] as const) {
    const due = await outbox.nextDue(work);
    assert(due === undefined || due > clock.now(), `${work} are due at ${due}`);
  }
}

async function stopAndQueue(subject: Subject): Promise<void> {
  await recordThree(subject);
  await drain(subject);
  await subject.outbox.suppressions.suppress(referenceTo(subject, 1), "room", "page");
  await record(subject, ...people.map((invitee) => invite(3, { invitee, room: "!new:x.org" })));
  await queueThree(subject);
}

const OTHER_DAMAGE: Readonly<Record<string, string>> = {
  "a line of a history that is not JSON": "UPDATE timeline SET data = '{' WHERE invitation_id = 2",
  "a time beyond all numbers": `UPDATE timeline SET at = 9223372036854775807;
    UPDATE suppressions SET at = 9223372036854775807;
    UPDATE seen SET until = 9223372036854775807`,
  "a suppression without hashes": "UPDATE suppressions SET target_hash = 7, address_hash = 'text'",
  "a fingerprint of the secret that is a number":
    "UPDATE meta SET value = 7 WHERE key = 'address_hash_key'",
};

const BLOBS = {
  invitations: [
    ...["key", "room_id", "invitee", "inviter", "inviter_name", "event_id", "origin_ts"],
    ...["received_at", "facts", "reason", "due_at", "attempts", "deferred_since", "resolved_at"],
    ...["answered", "state", "lease_until", "fence", "own", "server", "parked"],
    ...["inviter_slot_at", "server_slot_at"],
  ],
  mails: [
    ...["user_id", "address", "address_key", "address_hash", "recipient", "kind", "message_id"],
    ...["state", "reason", "queued_at", "due_at", "attempts", "deferred_since", "lease_until"],
    ...["fence", "last_code", "sent_at", "own", "parked", "slot_at", "failover"],
  ],
  mail_invitations: ["open", "suppressed"],
  timeline: ["at", "step", "data"],
};

function idOf(table: string): string {
  return table === "mail_invitations" ? "mail_id" : "id";
}

const DAMAGES = [
  ...Object.entries(OTHER_DAMAGE),
  ...Object.entries(BLOBS).flatMap(([table, columns]) =>
    columns.map((column) =>
      [
        `a blob as ${column} of ${table}`,
        `UPDATE ${table} SET ${column} = CAST(x'00ff' || ${idOf(table)} AS BLOB)
         WHERE ${idOf(table)} IN (2, 4)`,
      ] as const
    )
  ),
];

for (const [index, [what, sql]] of DAMAGES.entries()) {
  rowTest(index < Object.keys(OTHER_DAMAGE).length || index % 12 === 0)(
    `${what} keeps nothing else from working`,
    async () => {
      await using _logs = await collectLogs();
      await damaged(stopAndQueue, `${NOT_STRICT} ${sql}`, doEverything);
    },
  );
}

Deno.test("a damaged row is set aside, and all others are worked on", async () => {
  await using logs = await collectLogs();
  const rooms = Array.from({ length: 33 }, (_, index) => `!${index}:example.org`);
  const before = async (subject: Subject) => {
    await record(subject, ...rooms.map((room) => invite(1, { room })));
    subject.clock.advance(DELAY);
  };
  const sql = "UPDATE invitations SET facts = '{' WHERE id = 5";
  await damaged(before, sql, async (subject) => {
    assert.equal((await drain(subject)).length, 32);
    assert.equal(logs.at("error").length, 1);
  });
});

/** Damages a row of a strict table, which then refuses every change of the row. */
const refusing = (sql: string) =>
  `${NOT_STRICT} ${sql};
  PRAGMA writable_schema = ON;
  UPDATE sqlite_master SET sql = sql || ' STRICT' WHERE name IN ('mails', 'invitations');
  PRAGMA writable_schema = RESET;`;

Deno.test("after a clock that was ahead, a row that refuses changes is skipped, and the others are pulled back", async () => {
  await using logs = await collectLogs();
  const sql = refusing(
    `UPDATE invitations SET due_at = due_at + ${400 * DAY};
     UPDATE invitations SET facts = x'00ff' WHERE id = 2`,
  );
  await damaged(recordThree, sql, async (subject) => {
    const mails = await drain(subject);
    assert.deepEqual(mails.map(({ userId }) => userId), [BOB, DAN]);
    assert.deepEqual(logs.at("error").map(([event]) => event), ["row skipped"]);
  });
});
