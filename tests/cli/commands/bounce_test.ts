import assert from "node:assert/strict";
import { bounce } from "../../../src/cli/commands/bounce.ts";
import { machineEnvironment } from "../../../src/config/source/environment.ts";
import { bounceAddress, bounceTokens } from "../../../src/notify/bounces/bounce_token.ts";
import { sendMail } from "../../contracts/outbox_bounces.ts";
import { bytesOf, deliveryReport } from "../../mail/bounces/reports.ts";
import { served } from "../outbox/samples.ts";

const DOMAIN = "bounces.example.org";

async function mailed() {
  const service = await served(async (subject) => void await sendMail(subject, 1));
  const { outbox, workspace } = service;
  const messageId = (await outbox.records.mail(1))?.messageId ?? "";
  const to = bounceAddress(bounceTokens(outbox.secret).write({ mail: 1, messageId }), DOMAIN);
  await workspace.configure({ "notify.bounces.domain": DOMAIN });
  return { ...service, to };
}

async function run(config: string, text: string, recipient?: string) {
  const written: string[] = [];
  const write = (line: string) => void written.push(line);
  const context = {
    streams: { out: write, err: write, errIsTerminal: false },
    signal: new AbortController().signal,
    giveUpPermissions: () => Promise.resolve([]),
    environment: machineEnvironment,
    now: Date.now,
    config,
    verbosity: 0,
  };
  const code = await bounce(context, recipient, new Blob([bytesOf(text) as BlobPart]).stream());
  return [code, written.join("\n")];
}

Deno.test("bounce takes the message for the recipient in its header", async () => {
  await using given = await mailed();
  const config = given.workspace.path("mxisd.yaml");
  assert.deepEqual(await run(config, deliveryReport({ to: given.to })), [
    0,
    "Email m1 came back (hard): the score of its address is 2",
  ]);
  assert.equal((await given.outbox.records.mail(1))?.bounce?.severity, "hard");
});

Deno.test("bounce trusts the recipient that the mail server names more than the header", async () => {
  await using given = await mailed();
  const config = given.workspace.path("mxisd.yaml");
  const other = await run(config, deliveryReport({ to: given.to }), "postmaster@example.org");
  assert.deepEqual(other, [0, "Ignored: it was not sent to the sender of an email"]);
  const named = await run(config, deliveryReport({ to: "x@example.org" }), given.to);
  assert.equal(named[0], 0);
  assert.match(String(named[1]), /^Email m1 came back \(hard\)/);
});

Deno.test("bounce reads large and odd messages to their end", async () => {
  await using given = await mailed();
  const config = given.workspace.path("mxisd.yaml");
  const large = deliveryReport({ to: given.to }) + "x".repeat(3_000_000);
  assert.equal((await run(config, large))[0], 0);
  assert.equal((await run(config, ""))[0], 0);
});

Deno.test("the mail server keeps the message when the database or the configuration cannot be used", async () => {
  await using given = await mailed();
  const { workspace, to } = given;
  const report = deliveryReport({ to });
  await workspace.configure({
    "notify.bounces.domain": DOMAIN,
    "storage.provider.sqlite.database": workspace.path("missing.db"),
  });
  const missing = await run(workspace.path("mxisd.yaml"), report);
  assert.equal(missing[0], 75);
  assert.match(String(missing[1]), /does not exist yet/);
  await workspace.configure({ "notify.bounces.domain": undefined });
  assert.equal((await run(workspace.path("mxisd.yaml"), report))[0], 75);
  await workspace.configure({ "matrix.domain": "" });
  assert.equal((await run(workspace.path("mxisd.yaml"), report))[0], 75);
  assert.equal((await run(workspace.path("none.yaml"), report))[0], 75);
});
