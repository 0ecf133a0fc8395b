import assert from "node:assert/strict";
import { GATHERING } from "../../contracts/outbox_gathering.ts";
import { invite, queueMails, recordInvite } from "../../contracts/outbox_samples.ts";
import { assertGolden } from "../../render/golden.ts";
import { printable } from "../../../src/text/printable.ts";
import { rowTest } from "../../thorough.ts";
import { run } from "../command_line.ts";
import { OUTCOMES, PERSON, served } from "./samples.ts";

const NO_ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

const documentation = await Deno.readTextFile(
  new URL("../../../docs/administration.md", import.meta.url),
);

// Of each kind: sent, put off, held back by each part, never sent, ended, refused, changed by hand.
const QUICK = [
  ...["sent-later", "gathered", "quiet-hours", "directory-down", "limited-server"],
  ...["added-and-left", "in-except", "failed", "superseded", "merged", "failover-stopped"],
  ...["stopped-meanwhile", "bounced-failover", "retried", "hostile"],
];

for (const [name, fill] of Object.entries(OUTCOMES)) {
  rowTest(QUICK.includes(name))(`why tells the story of an invitation: ${name}`, async () => {
    await using service = await served(fill, name === "gathered" ? GATHERING : undefined);
    const { code, out, err } = await service.run(["why", PERSON]);
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out.split("\n").map(printable).join("\n"), out);
    await assertGolden(`why/${name}.txt`, out);
    const json = await service.run(["why", PERSON, "--json"]);
    const { user, invitations } = JSON.parse(json.out);
    assert.equal(user, PERSON);
    for (const { history, id } of invitations) {
      assert.match(out, new RegExp(`^${id}: `, "m"));
      for (const { at, step, text } of history) {
        assert.match(documentation, RegExp(`^\\|[^|]*\`${step}\``, "m"), "its step is documented");
        assert.ok(out.includes(`${at}  ${printable(text)}`), text);
      }
    }
    assert.equal(json.out.split("\n").map(printable).join("\n"), json.out);
  });
}

Deno.test("the JSON of why has the names that are documented", async () => {
  await using service = await served(OUTCOMES["sent-later"]);
  const { out } = await service.run(["why", PERSON, "--json"]);
  await assertGolden("why/sent-later.json", out.replace(NO_ID, "ID"));
});

Deno.test("why selects a room by its ID or its name", async () => {
  await using service = await served(async (subject) => {
    await queueMails(subject, invite(1, { room: "!one:example.org" }));
    await recordInvite(subject, invite(2, { room: "!two:example.org" }));
  });
  const config = service.workspace.path("mxisd.yaml");
  for (const [room, id] of [["!one:example.org", "i1"], ["plans 2", "i2"]] as const) {
    const { code, out, err } = await run(["why", PERSON, "--room", room, "-c", config]);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(out.match(/^i\d+/gm), [id]);
  }
  const none = await run(["why", PERSON, "--room", "plans 3\x1b", "-c", config]);
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /^No invitation of @bob:example.org to plans 3\\u\{1b\} is known: write/);
});

Deno.test("why says what it means that nothing is known", async () => {
  await using service = await served();
  const config = service.workspace.path("mxisd.yaml");
  const own = await run(["why", PERSON, "-c", config]);
  assert.deepEqual([own.code, own.out], [1, ""]);
  assert.match(own.err, /^No invitation of @bob:example.org is known: either nobody has invited/);
  const other = await run(["why", "@bob:elsewhere.org", "-c", config]);
  assert.equal(other.code, 1);
  assert.match(other.err, /^@bob:elsewhere.org is not a user of example.org: /);
  const json = await run(["why", PERSON, "--json", "-c", config]);
  assert.deepEqual([json.code, JSON.parse(json.out)], [1, { user: PERSON, invitations: [] }]);
  const wrong = await run(["why", "bob\x1b", "-c", config]);
  assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  assert.match(wrong.err, /^bob\\u\{1b\} is not a Matrix ID/);
});

Deno.test("why shows the latest twenty, and says so", async () => {
  await using service = await served(async (subject) => {
    for (let n = 1; n <= 21; n++) await recordInvite(subject, invite(n, { room: `!${n}:x.org` }));
  });
  const config = service.workspace.path("mxisd.yaml");
  const { code, out, err } = await run(["why", PERSON, "-c", config]);
  assert.equal(code, 0);
  assert.equal(out.match(/^i\d+/gm)?.length, 20);
  assert.match(err, /^These are the latest 20: --room ROOM selects/);
});
