import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MOVED_TABLES } from "../../../src/outbox/sql/moving/tables.ts";
import { invite, queueMails, record } from "../../contracts/outbox_samples.ts";
import { run } from "../command_line.ts";
import { served } from "../outbox/samples.ts";
import { makeWorkspace } from "../workspace.ts";

async function filled() {
  return await served(async (subject) => {
    await queueMails(subject, invite(1));
    await record(subject, invite(2));
  });
}

Deno.test("storage check counts the rows of a sound outbox beside the running service", async () => {
  await using service = await filled();
  const { code, out, err } = await service.run(["storage", "check"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^invitations +2$/m);
  assert.match(out, /^mails +1$/m);
  assert.match(out, /^Nothing is wrong\.$/m);
  const { tables, problems } = JSON.parse((await service.run(["storage", "check", "--json"])).out);
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(tables), MOVED_TABLES.map(({ name }) => name));
  assert.equal(tables.mail_invitations, 1);
});

interface Damage {
  readonly name: string;
  readonly sql: string;
  readonly problem: RegExp;
}

const DAMAGES: readonly Damage[] = [
  {
    name: "facts that are no JSON",
    sql: "UPDATE invitations SET facts = '{' WHERE id = 2",
    problem: /^row 2 of invitations: facts is not the facts of an invite$/m,
  },
  {
    name: "a user ID that is none",
    sql: "UPDATE invitations SET invitee = 'bob' WHERE id = 2",
    problem: /^row 2 of invitations: invitee is not a user ID$/m,
  },
  {
    name: "an address with a line break",
    sql: "UPDATE mails SET address = 'bob@corp.example' || char(10) || 'Bcc: eve@x.org'",
    problem: /^row 1 of mails: address is not an email address$/m,
  },
  {
    name: "a time that no calendar has",
    sql: "UPDATE mails SET queued_at = 9000000000000000",
    problem: /^row 1 of mails: queued_at is not a time$/m,
  },
  {
    name: "a line of a history that is no JSON",
    sql: "UPDATE timeline SET data = '' WHERE id = 1",
    problem: /^row 1 of timeline: data is not an object$/m,
  },
  {
    name: "a link to a mail that is missing",
    sql: "PRAGMA foreign_keys = OFF; DELETE FROM mails",
    problem: /^a row of mail_invitations refers to a row of mails that is missing$/m,
  },
  {
    name: "a secret that is lost",
    sql: "DELETE FROM meta WHERE key = 'secret'",
    problem: /^the outbox has lost its secret/m,
  },
  {
    name: "a move that has not ended",
    sql: "INSERT INTO meta (key, value) VALUES ('unfinished_move', CAST('postgresql' AS BLOB))",
    problem: /^the outbox was not moved here from postgresql to the end/m,
  },
];

for (const { name, sql, problem } of DAMAGES) {
  Deno.test(`storage check finds ${name}`, async () => {
    await using service = await filled();
    const edited = new DatabaseSync(service.workspace.path("outbox.db"));
    edited.exec(sql);
    edited.close();
    const { code, err } = await service.run(["storage", "check"]);
    assert.equal(code, 1, err);
    assert.match(err, problem);
    assert.match(err, /^Problems: 1$/m);
    const json = await service.run(["storage", "check", "--json"]);
    assert.equal(json.code, 1);
    assert.match(JSON.parse(json.out).problems.join("\n"), problem);
  });
}

Deno.test("storage check finds pages that are damaged", async () => {
  await using service = await filled();
  const { workspace, outbox } = service;
  await outbox[Symbol.asyncDispose]();
  const file = workspace.path("outbox.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = DELETE");
  const page = database.prepare(
    `SELECT rootpage, (SELECT page_size FROM pragma_page_size) AS size
     FROM sqlite_master WHERE name = 'meta'`,
  ).get();
  database.close();
  {
    using raw = await Deno.open(file, { write: true });
    await raw.seek((Number(page?.rootpage) - 1) * Number(page?.size), Deno.SeekMode.Start);
    await raw.write(new Uint8Array(64).fill(0xff));
  }
  const { code, out, err } = await service.run(["storage", "check"]);
  assert.equal(code, 1, err);
  assert.match(out, /^invitations +2$/m);
  assert.match(out, /^meta +unreadable$/m);
  assert.match(err, /is damaged/);
});

Deno.test("storage check says that there is no database yet", async () => {
  await using workspace = await makeWorkspace();
  const { code, err } = await run(["storage", "check", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(err, /storage\.provider\.sqlite\.database: .* does not exist yet/);
});
