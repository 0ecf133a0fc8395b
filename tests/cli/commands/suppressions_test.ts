import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { UserId } from "../../../src/domain/user_id.ts";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import { printable } from "../../../src/text/printable.ts";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
} from "../../contracts/outbox_samples.ts";
import { referenceTo } from "../../contracts/outbox_suppressions.ts";
import { writeEmptyOutbox } from "../../fakes/outbox/empty_outbox.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { run } from "../command_line.ts";
import { makeWorkspace, type Workspace } from "../workspace.ts";

const INVITER = "@alice:example.org\x1b[2J\u202e";

/** An outbox in which bob stopped a room and an inviter, and somebody unknown stopped all. */
async function stopped(workspace: Workspace) {
  const clock = new ManualClock();
  const file = workspace.path("outbox.db");
  writeEmptyOutbox(file);
  const outbox = openSqliteOutbox({
    ...{ file, clock, domain: "example.org", maxAge: 1, stopHash },
  });
  await outbox.record([invite(1, { inviter: INVITER, invitee: "@bob:example.org" as UserId })], {
    receivedAt: clock.now(),
    dueAt: clock.now(),
  });
  clock.advance(DELAY);
  const claim = await claimInvitation({ outbox });
  const mails = [mailTo("bob@corp.example")];
  await outbox.settleInvitation(claim, { kind: "resolved", mails });
  const mail = await claimMail({ outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() });
  const own = referenceTo({ outbox }, mail.id, { address: "bob@corp.example", inviter: INVITER });
  await outbox.suppressions.suppress(own, "room", "page");
  await outbox.suppressions.suppress(own, "inviter", "page");
  const forgotten = referenceTo({ outbox }, 4711, { address: "carol@corp.example" });
  await outbox.suppressions.suppress(forgotten, "all", "one-click");
  return outbox;
}

Deno.test("suppressions list shows what is stopped beside the running service", async () => {
  await using workspace = await makeWorkspace();
  await using _running = await stopped(workspace);
  const { code, out, err } = await run([
    "suppressions",
    "list",
    "-c",
    workspace.path("mxisd.yaml"),
  ]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out.split("\n").map(printable).join("\n"), out);
  const shown = out.replace(/since {4}\S+Z/g, "since    Z").replace(/\([0-9a-f]{24}\)/, "(hash)");
  assert.equal(
    shown,
    `1: room !plans:example.org
  address  bob@corp.example
  user     @bob:example.org
  since    Z
  by       page
2: inviter @alice:example.org\\u{1b}[2J\\u{202e}
  address  bob@corp.example
  user     @bob:example.org
  since    Z
  by       page
3: all emails
  address  no longer known (hash)
  since    Z
  by       one-click
`,
  );
});

for (
  const [what, argument, left] of [
    ["an address", "Bob+news@corp.example", [3]],
    ["an address that only the hash is known of", "carol@corp.example", [1, 2]],
    ["a person", "@bob:example.org", [3]],
    ["a number of the list", "2", [1, 3]],
  ] as const
) {
  Deno.test(`suppressions lift takes ${what}`, async () => {
    await using workspace = await makeWorkspace();
    await using running = await stopped(workspace);
    const args = ["suppressions", "lift", argument, "-c", workspace.path("mxisd.yaml")];
    const { code, out, err } = await run(args);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, new RegExp(`^Lifted ${3 - left.length}: `));
    assert.deepEqual((await running.suppressions.list()).map(({ id }) => id), [...left]);
    const again = await run(args);
    assert.deepEqual([again.code, again.out], [1, ""]);
    assert.match(again.err, /^There is no suppression for .*: suppressions list shows all/);
  });
}

Deno.test("suppressions list says that there are none", async () => {
  await using workspace = await makeWorkspace();
  const running = await stopped(workspace);
  await running[Symbol.asyncDispose]();
  {
    using database = new DatabaseSync(workspace.path("outbox.db"));
    database.exec("DELETE FROM suppressions");
  }
  const { code, out, err } = await run([
    "suppressions",
    "list",
    "-c",
    workspace.path("mxisd.yaml"),
  ]);
  assert.deepEqual([code, out], [0, ""]);
  assert.ok(
    err.startsWith(`There are no suppressions in ${workspace.path("outbox.db")} (if `),
    err,
  );
  assert.match(err, /another STATE_DIRECTORY/);
});

Deno.test("an invalid address, Matrix ID or number ends with 2, repeated escaped", async () => {
  for (const text of ["bob", "@bob", "-1", "1e3", "b\x1bob@example.org", "a@b@c d"]) {
    const { code, out, err } = await run(["suppressions", "lift", "--", text]);
    assert.deepEqual([code, out], [2, ""], text);
    assert.match(err, /is not an email address, Matrix ID or number: write one/);
    assert.ok(!err.includes("\x1b"));
  }
});

Deno.test("without a database the commands end with 4 and say which one is missing", async () => {
  await using workspace = await makeWorkspace();
  for (const args of [["list"], ["lift", "1"]]) {
    const ran = await run(["suppressions", ...args, "-c", workspace.path("mxisd.yaml")]);
    assert.deepEqual([ran.code, ran.out], [4, ""]);
    assert.match(ran.err, /outbox\.db/);
  }
});

Deno.test("suppressions list says so when the service has not started yet", async () => {
  await using workspace = await makeWorkspace();
  const { code, err } = await run(["suppressions", "list", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(
    err,
    /: database .* does not exist yet: the service creates it at its first start; if the service runs with another STATE_DIRECTORY .*STATE_DIRECTORY=/m,
  );
});

Deno.test("a database's name does nothing to the terminal", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("a\x1B[2J\u202E.db");
  await Deno.writeFile(file, new Uint8Array());
  await workspace.configure({ "storage.provider.sqlite.database": file });
  const { code, err } = await run(["suppressions", "list", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(err, /a\\u\{1b\}\[2J\\u\{202e\}\.db has schema version 0/);
  assert.doesNotMatch(err, /[^\P{C}\n]/u);
});

Deno.test("suppressions list --json prints one document, safe for a terminal", async () => {
  await using workspace = await makeWorkspace();
  const config = workspace.path("mxisd.yaml");
  await using _running = await stopped(workspace);
  const { code, out, err } = await run(["suppressions", "list", "--json", "-c", config]);
  assert.deepEqual([code, err], [0, ""]);
  assert.ok(!out.includes("\x1b"));
  const { suppressions } = JSON.parse(out);
  const shown = suppressions.map((
    entry: Record<string, unknown>,
  ) => [entry.id, entry.scope, entry.target, entry.address, entry.user, entry.by]);
  assert.deepEqual(shown, [
    [1, "room", "!plans:example.org", "bob@corp.example", "@bob:example.org", "page"],
    [2, "inviter", INVITER, "bob@corp.example", "@bob:example.org", "page"],
    [3, "all", undefined, undefined, undefined, "one-click"],
  ]);
  assert.match(suppressions[2].addressHash, /^[0-9a-f]+$/);
});
