import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { BOB, invite, queueMails, record } from "../../contracts/outbox_samples.ts";
import { openFile } from "../../outbox/sqlite/subject.ts";
import { run } from "../command_line.ts";
import { served } from "../outbox/samples.ts";
import { makeWorkspace } from "../workspace.ts";

async function filled() {
  return await served(async (subject) => {
    await queueMails(subject, invite(1));
    await record(subject, invite(2));
  });
}

Deno.test("storage backup copies what the running service has committed, for the user alone", async () => {
  await using service = await filled();
  const { workspace, outbox } = service;
  const copy = workspace.path("copy.db");
  const { code, out, err } = await service.run(["storage", "backup", copy]);
  assert.deepEqual([code, err], [0, ""]);
  const { size, mode } = await Deno.stat(copy);
  assert.equal(out, `${copy}: ${size} bytes, invitations 2, emails 1\n`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  const files = (await Array.fromAsync(Deno.readDir(workspace.folder))).map(({ name }) => name);
  assert.deepEqual(files.filter((name) => name.startsWith("copy")), ["copy.db"]);
  await using restored = openFile(copy);
  assert.deepEqual(await restored.counts(), await outbox.counts());
  assert.deepEqual(restored.secret, outbox.secret);
  assert.deepEqual(await restored.histories(BOB, 10), await outbox.histories(BOB, 10));
});

Deno.test("storage backup never writes over a file", async () => {
  await using service = await filled();
  const { workspace } = service;
  const copy = workspace.path("copy.db");
  await Deno.writeTextFile(copy, "");
  const { code, err } = await service.run(["storage", "backup", copy]);
  assert.equal(code, 4);
  assert.match(err, /copy\.db exists already: name another file/);
  assert.equal(await Deno.readTextFile(copy), "");
  const itself = await service.run(["storage", "backup", workspace.path("outbox.db")]);
  assert.equal(itself.code, 4);
});

Deno.test("storage backup takes the name of a file as it is", async () => {
  await using service = await filled();
  const { workspace } = service;
  for (const name of ["file:copy.db?mode=memory", "it's a copy.db"]) {
    const path = workspace.path(name);
    assert.equal((await service.run(["storage", "backup", path])).code, 0);
    assert.ok((await Deno.stat(path)).size > 0);
  }
});

Deno.test("storage backup says where it cannot write, and leaves nothing", async () => {
  await using service = await filled();
  const missing = service.workspace.path("missing/copy.db");
  const { code, err } = await service.run(["storage", "backup", missing]);
  assert.equal(code, 4);
  assert.match(err, /missing\/copy\.db cannot be written/);
});

Deno.test("storage backup refuses a damaged file, and leaves no copy of it", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("outbox.db");
  const outbox = openFile(file);
  await outbox[Symbol.asyncDispose]();
  const edited = new DatabaseSync(file);
  edited.exec("PRAGMA journal_mode = DELETE");
  const root = edited.prepare(
    "SELECT rootpage, (SELECT page_size FROM pragma_page_size) AS size " +
      "FROM sqlite_master WHERE name = 'mails'",
  ).get();
  edited.close();
  using raw = await Deno.open(file, { write: true });
  await raw.seek((Number(root?.rootpage) - 1) * Number(root?.size), Deno.SeekMode.Start);
  await raw.write(new Uint8Array(64).fill(0xff));
  const copy = workspace.path("copy.db");
  const { code, err } = await run(["storage", "backup", copy, "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4, err);
  assert.match(err, /damaged/);
  await assert.rejects(Deno.stat(copy), Deno.errors.NotFound);
});

Deno.test("storage backup names the command that copies PostgreSQL's tables, without the password", async () => {
  await using workspace = await makeWorkspace({
    "storage.backend": "postgresql",
    "storage.provider.postgresql.database": "//db.example.org:5433/mx?sslmode=disable",
    "storage.provider.postgresql.username": "o'mx",
    "storage.provider.postgresql.password": "hunter2hunter2",
    "storage.provider.postgresql.schema": "mails",
  });
  const args = ["storage", "backup", "/backups/today $(id)", "-c", workspace.path("mxisd.yaml")];
  const { code, out, err } = await run(args);
  assert.deepEqual([code, out], [1, ""]);
  assert.equal(
    err.split("\n").find((line) => line.includes("pg_dump --")),
    "PGSSLMODE=disable pg_dump --format=custom --schema=mails '--file=/backups/today $(id)' --host=db.example.org " +
      "--port=5433 '--username=o'\\''mx' --dbname=mx",
  );
});
