import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, pipeCommand, runCommand } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { Organisation } from "./organisation.ts";
import { PIPE_USER, type Postfix, startPostfix } from "./servers/postfix.ts";
import { addressOf, DOMAIN, settingsFor } from "./settings.ts";

const BOUNCES = `bounces.${DOMAIN}`;

/** An organisation whose Postfix accepts bob's mail and returns it later. */
async function organisationWith(
  postfix: Postfix,
  addresses: readonly string[],
  bounces: Readonly<Record<string, unknown>>,
): Promise<Organisation> {
  return await Organisation.create({
    settings: (layout) => {
      const usual = settingsFor({ ...layout, mailPort: postfix.port }, "0s");
      const threepids = addresses.map((address) => ({ medium: "email", address }));
      return {
        threepid: usual.threepid,
        memory: { enabled: true, identities: [{ username: "bob", threepids }] },
        notify: { delay: "0s", bounces: { domain: BOUNCES, ...bounces } },
      };
    },
  });
}

Deno.test("what Postfix returns later is read from its Maildir, and ends the address for a while", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`, { bounces: BOUNCES, returns: "bob" });
  // Two mails to one mailbox.
  const addresses = [addressOf("bob"), addressOf("bob+matrix")];
  await using organisation = await organisationWith(postfix, addresses, {
    folder: postfix.bounces,
  });
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  const { folder } = organisation.layout;
  await organisation.service.line((line) => {
    const event = logEvent(line);
    return event?.event === "mail came back" && event.score === 4;
  }, 120_000);
  const why = await runCommand(folder, "why", `@bob:${DOMAIN}`);
  assert.match(why.output, /Email m\d came back: .*5\.1\.1.* whose score is 4: nothing is sent/);
  const list = await runCommand(folder, "suppressions", "list");
  assert.match(list.output, /all emails, as earlier ones came back/);
  await organisation.pushEvents(inviteEvent({ room_id: "!other:example.org" }));
  await organisation.service.line((line) => {
    const event = logEvent(line);
    return event?.event === "invite skipped" && String(event.scopes) === "bounce";
  });
  await organisation.stopService();
});

Deno.test("what Postfix returns later is taken by the command, beside the running service", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`, { bounces: BOUNCES, returns: "bob" });
  await using organisation = await organisationWith(postfix, [addressOf("bob")], {});
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  const [bytes] = await postfix.returned(1);
  assert.ok(bytes);
  const { headers } = await PostalMime.parse(bytes);
  const recipient = headers.find(({ key }) => key === "x-original-to")?.value ?? "";
  assert.match(recipient, /^bounce\+[a-z2-7]{32}@bounces\./);
  const { folder } = organisation.layout;
  const run = (env: Record<string, string>) =>
    pipeCommand(folder, bytes, env, "bounce", "-c", "mxisd.yaml");
  const other = await run({ ORIGINAL_RECIPIENT: `postmaster@${BOUNCES}` });
  assert.deepEqual([other.code, /^Ignored: /.test(other.output)], [0, true], other.errors);
  const taken = await run({ ORIGINAL_RECIPIENT: recipient });
  assert.equal(taken.code, 0, taken.errors);
  assert.match(taken.output, /^Email m1 came back \(hard\): the score of its address is 2/);
  const why = await runCommand(folder, "why", `@bob:${DOMAIN}`);
  assert.match(why.output, /Email m1 came back: .*5\.1\.1.* whose score is 2/);
  await organisation.stopService();
});

Deno.test("what Postfix returns later it pipes into the command, which keeps it while it cannot be used", async () => {
  const options = { bounces: BOUNCES, returns: "bob", pipes: true };
  await using postfix = await startPostfix(`mail.${DOMAIN}`, options);
  await using organisation = await organisationWith(postfix, [addressOf("bob")], {});
  const { folder } = organisation.layout;
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  // The command finds no configuration yet: Postfix keeps the message.
  await logged(postfix, /relay=bounces.*status=deferred/);
  // Root may use the files of others, and this user those of its own.
  const { code, errors } = await runToEnd(["chown", "-R", PIPE_USER, folder]);
  assert.equal(code, 0, errors);
  await Deno.symlink(folder, postfix.service);
  await postfix.flush();
  await logged(postfix, /relay=bounces.*status=sent/);
  const why = await runCommand(folder, "why", `@bob:${DOMAIN}`);
  assert.match(why.output, /Email m1 came back: .*5\.1\.1.* whose score is 2/);
  await organisation.stopService();
});

async function logged(postfix: Postfix, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!pattern.test(await postfix.log())) {
    assert.ok(Date.now() < deadline, `no ${pattern} in:\n${await postfix.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
