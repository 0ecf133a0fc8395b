import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DAY, HOUR } from "../../../src/settings/duration.ts";
import { answer, DELAY, invite, mailTo, record, SENT } from "../../contracts/outbox_samples.ts";
import { spyOnSqlite } from "./spy.ts";
import { openSubject, temporaryFolder } from "./subject.ts";

Deno.test("no statement that serves invites and mails reads a whole table", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  const statements = await statementsOfAllPaths(file);
  using database = new DatabaseSync(file);
  const planned = [...statements].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql));
  assert(planned.length > 30, `${planned.length} statements`);
  for (const sql of planned) {
    const plan = planOf(database, sql);
    // EXISTS stops at the first row.
    const scans = sql.includes("SELECT EXISTS")
      ? /SCAN \w+$/
      : /SCAN (?!json_each|sqlite_master|\()/;
    const bad = plan.filter((detail) => scans.test(detail) && detail !== "SCAN CONSTANT ROW");
    assert.deepEqual(bad, [], sql);
  }
});

Deno.test("mails that wait for an address are found by the index of its hash, in their order", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  const statements = await statementsOfAllPaths(file);
  using database = new DatabaseSync(file);
  const byHash = [...statements].filter((sql) =>
    /FROM mails\b/.test(sql) && /\baddress_hash = \?/.test(sql)
  );
  assert.equal(byHash.length, 2);
  for (const sql of byHash) {
    const [first, ...rest] = planOf(database, sql);
    assert.match(
      first ?? "",
      /^SEARCH mails USING INDEX mails_waiting \(address_hash=\?( AND rowid>\?)?\)$/,
      sql,
    );
    assert(rest.every((step) => /^SEARCH \w+ USING (INTEGER )?PRIMARY KEY/.test(step)), sql);
  }
});

Deno.test("a statement that reads a whole table would be found", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE mails (id INTEGER PRIMARY KEY, state TEXT)");
  const plan = database.prepare("EXPLAIN QUERY PLAN SELECT * FROM mails WHERE state = ?").all();
  assert.match(String(plan[0]?.detail), /SCAN (?!json_each|sqlite_master|\()/);
});

function planOf(database: DatabaseSync, sql: string): string[] {
  return database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
}

/** Walks all ways of the service, but for reports. */
async function statementsOfAllPaths(file: string): Promise<ReadonlySet<string>> {
  using spy = spyOnSqlite();
  await using subject = openSubject(file);
  const { outbox, clock } = subject;
  const rooms = ["!a:x.org", "!b:x.org", "!c:x.org", "!d:x.org"];
  await record(subject, ...rooms.map((room) => invite(1, { room })));
  await record(subject, invite(2, { room: "!a:x.org" }), answer(3, { room: "!b:x.org" }));
  clock.advance(DELAY);
  const many = { count: 9, per: HOUR };
  const limit = { count: 1, per: HOUR };
  for (const kind of ["released", "deferred", "resolved", "skipped"] as const) {
    const [claim] = await outbox.claimInvitations(1, {
      ...{ perInviter: many, perServer: many, perRoom: many },
    });
    assert(claim);
    const mails = [mailTo("bob@example.org"), mailTo("bob@home.example")];
    const until = clock.now();
    await outbox.settleInvitation(claim, { kind, reason: "x", mails, until });
  }
  await record(subject, invite(5, { room: "!a:x.org", reinvite: true }), invite(9));
  clock.advance(DELAY);
  assert.deepEqual(await outbox.claimInvitations(1, { perInviter: limit, perServer: limit }), []);
  await record(subject, ...rooms.map((room) => invite(7, { room, inviter: "@s:y.org" })));
  clock.advance(DELAY);
  await outbox.claimInvitations(9, { perRoom: limit });
  const [limited] = await outbox.claimInvitations(1);
  assert(limited);
  await outbox.settleInvitation(limited, { kind: "resolved", mails: [] });
  const perAddress = { count: 1, per: DAY };
  for (const kind of ["released", "deferred", "rejected"] as const) {
    const [claim] = await outbox.claimMails({ count: 1, perAddress });
    assert(claim);
    await outbox.settleMail(claim, { kind, reason: "x", until: clock.now() });
  }
  const [claim] = await outbox.claimMails({ count: 1, perAddress });
  assert(claim);
  await outbox.settleMail(claim, SENT);
  const hash = outbox.suppressions.hash("address", "bob@example.org");
  for (const mail of [claim.id, 4711]) {
    const reference = { mail, address: hash, room: hash, inviter: hash };
    for (const scope of ["room", "inviter", "all"] as const) {
      await outbox.suppressions.suppress(reference, scope, "page");
      await outbox.suppressions.stateOf(reference);
      await outbox.suppressions.undo(reference, scope, 0);
    }
  }
  await outbox.resume("invitations", clock.now());
  await outbox.resume("mails", clock.now());
  await outbox.expectsAnswers();
  await outbox.awaited(0);
  await outbox.nextDue("invitations");
  await outbox.nextDue("mails");
  await outbox.prune();
  return spy.statements;
}
