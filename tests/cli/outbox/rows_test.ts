import assert from "node:assert/strict";
import { DAY } from "../../../src/settings/duration.ts";
import { printable } from "../../../src/text/printable.ts";
import { DELAY, drain, invite, queueMails, recordInvite } from "../../contracts/outbox_samples.ts";
import { assertGolden } from "../../render/golden.ts";
import { run } from "../command_line.ts";
import { OUTCOMES, PERSON, served } from "./samples.ts";

Deno.test("outbox list shows invitations and emails, the latest first", async () => {
  await using service = await served(OUTCOMES["sent-later"]);
  const { code, out, err } = await service.run(["outbox", "list"]);
  assert.deepEqual([code, err], [0, ""]);
  await assertGolden("outbox/list.txt", out);
  const json = await service.run(["outbox", "list", "--json"]);
  const { invitations, mails } = JSON.parse(json.out);
  assert.deepEqual([invitations.length, mails.length], [1, 2]);
});

Deno.test("what strangers wrote is escaped in the list", async () => {
  await using service = await served(OUTCOMES.hostile);
  const config = service.workspace.path("mxisd.yaml");
  for (const args of [["outbox", "list"], ["outbox", "show", "i1"], ["status"]]) {
    const { code, out } = await run([...args, "-c", config]);
    assert.equal(code, 0);
    assert.equal(out.split("\n").map(printable).join("\n"), out);
  }
});

Deno.test("outbox list selects by state, person and number", async () => {
  await using service = await served(async (subject) => {
    await queueMails(subject, invite(1));
    await recordInvite(subject, invite(2, { room: "!two:x.org" }));
  });
  const config = service.workspace.path("mxisd.yaml");
  for (
    const [args, ids] of [
      [[], ["i2", "i1", "m1"]],
      [["--state", "pending"], ["i2"]],
      [["--state", "queued"], ["m1"]],
      [["--state", "cancelled"], []],
      [["--count", "1"], ["i2", "m1"]],
      [["--user", PERSON, "--state", "resolved"], ["i1"]],
      [["--user", "@carol:example.org"], []],
    ] as const
  ) {
    const { code, out, err } = await run(["outbox", "list", ...args, "-c", config]);
    assert.equal(code, 0, err);
    assert.deepEqual(out.match(/^[im]\d+/gm) ?? [], [...ids], args.join(" "));
    if (ids.length === 0) assert.match(err, /^There is nothing of that kind/);
  }
  for (const args of [["--state", "lost"], ["--user", "bob"], ["--count", "0"]]) {
    assert.equal((await run(["outbox", "list", ...args, "-c", config])).code, 2, args.join(" "));
  }
});

Deno.test("outbox show shows an invitation with its history, and an email", async () => {
  await using service = await served(OUTCOMES["sent-later"]);
  const shown: string[] = [];
  for (const id of ["i1", "m1"]) {
    const { code, out, err } = await service.run(["outbox", "show", id]);
    assert.deepEqual([code, err], [0, ""]);
    shown.push(out.replace(/<[0-9a-f-]{36}@/, "<ID@"));
    const json = await service.run(["outbox", "show", id, "--json"]);
    assert.equal(JSON.parse(json.out).id, id);
  }
  await assertGolden("outbox/show.txt", shown.join("\n"));
});

Deno.test("outbox retry and cancel change the row, or say why not", async () => {
  await using service = await served(OUTCOMES.rejected);
  const config = service.workspace.path("mxisd.yaml");
  const retried = await run(["outbox", "retry", "m1", "-c", config]);
  assert.deepEqual(retried, { code: 0, out: "m1 is due now\n", err: "" });
  assert.deepEqual((await service.outbox.counts()).mails, { queued: 1 });
  const cancelled = await run(["outbox", "cancel", "m1", "-c", config]);
  assert.deepEqual(cancelled, { code: 0, out: "m1 is cancelled\n", err: "" });
  assert.deepEqual(await service.outbox.counts(), {
    invitations: { cancelled: 1 },
    mails: { cancelled: 1 },
  });
  for (
    const [command, id, message] of [
      ["retry", "m1", /^m1 is cancelled, which is final/],
      ["cancel", "m1", /^m1 has ended already/],
      ["cancel", "i1", /^i1 has ended already/],
      ["retry", "m2", /^There is no m2: outbox list shows the latest/],
      ["show", "i9", /^There is no i9/],
    ] as const
  ) {
    const { code, out, err } = await run(["outbox", command, id, "-c", config]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, message);
  }
  for (const id of ["7", "x7", "m", "m0", "m1;", "m\x1b", "i99999999999999999999"]) {
    const { code, err } = await run(["outbox", "cancel", id, "-c", config]);
    assert.equal(code, 2);
    assert.match(err, /is not the ID of an invitation, such as i12, or of an email, such as m7/);
    assert.ok(!err.includes("\x1b"));
  }
});

Deno.test("status shows what waits, what was sent, and why the rest was not", async () => {
  await using service = await served(async (subject) => {
    await queueMails(subject, invite(4, { room: "!four:x.org" }));
    await drain(subject);
    await OUTCOMES["no-address"]?.(subject);
    for (const number of [5, 6, 7]) {
      await recordInvite(subject, invite(number, { room: `!${number}:x.org` }));
    }
    subject.clock.advance(DELAY);
    await subject.outbox.claimInvitations(9, { perInviter: { count: 1, per: DAY } });
  });
  const { code, out, err } = await service.run(["status"]);
  assert.deepEqual([code, err], [0, ""]);
  await assertGolden("outbox/status.txt", out);
  const document = JSON.parse((await service.run(["status", "--json"])).out);
  assert.deepEqual(Object.keys(document), [
    "invitations",
    "mails",
    "oldest",
    "sent",
    "bounced",
    "outages",
    "limited",
    "reasons",
  ]);
  assert.deepEqual(document.limited, { inviter: 3 });
});

for (const name of ["late", "directory-down", "mail-server-down"]) {
  Deno.test(`status and retry say what everything waits for: ${name}`, async () => {
    await using service = await served(OUTCOMES[name]);
    const id = name === "mail-server-down" ? "m1" : "i1";
    const retried = await service.run(["outbox", "retry", id]);
    assert.deepEqual([retried.code, retried.err], [0, ""]);
    const list = await service.run(["outbox", "list"]);
    assert.match(list.out, /- waits .*\(see status\)$/m);
    const { out } = await service.run(["status"]);
    await assertGolden(`outbox/held-${name}.txt`, `${retried.out}\n${out}`);
    const { catchingUp, outages } = JSON.parse((await service.run(["status", "--json"])).out);
    const { waiting } = JSON.parse((await service.run(["outbox", "show", id, "--json"])).out);
    if (name === "late") {
      assert.deepEqual([catchingUp, outages], [{ since: "2026-01-01T00:00:00Z" }, {}]);
      assert.equal(waiting.held, "catching up");
      return;
    }
    const work = id === "m1" ? "mails" : "invitations";
    assert.equal(catchingUp, undefined);
    assert.deepEqual(Object.keys(outages), [work]);
    assert.deepEqual(Object.keys(outages[work]), ["since", "next", "reason"]);
    assert.equal(waiting.held, "outage");
  });
}
