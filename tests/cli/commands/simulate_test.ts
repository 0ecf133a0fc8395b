import assert from "node:assert/strict";
import type { EmailAddress } from "../../../src/domain/email_address.ts";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import { printable } from "../../../src/text/printable.ts";
import { referenceTo } from "../../contracts/outbox_suppressions.ts";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertGolden } from "../../render/golden.ts";
import { run } from "../command_line.ts";
import { type Differences, makeWorkspace, type Workspace } from "../workspace.ts";

const SMTP = "threepid.medium.email.connectors.smtp";
const NOW = Date.UTC(2027, 0, 4, 22, 30);
const ALICE = "@alice:example.org";
const BOB = "@bob:example.org";
const IDENTITIES = [
  {
    username: "bob",
    displayName: "Bob Brown",
    language: "de",
    threepids: ["bob@corp.example", "bob@home.example"].map((address) => {
      return { medium: "email", address };
    }),
  },
  { username: "carol", displayName: "Carol" },
  {
    username: "alice",
    displayName: "Alice\u001b[2J\u202e Adams",
  },
];

/** What differs from run to run is replaced. */
function steady(text: string, { folder, port }: Workspace, smtp = 1): string {
  return text.replaceAll(folder, "FOLDER").replaceAll(String(port), "PORT")
    .replaceAll(`127.0.0.1:${smtp}`, "127.0.0.1:SMTP")
    .replace(/\(\d+ ms\)/g, "(N ms)").replace(/"milliseconds": \d+/g, '"milliseconds": 0');
}

interface Row {
  readonly golden: string;
  readonly inviter?: string;
  readonly invitee?: string;
  readonly differences?: Differences;
  readonly args?: readonly string[];
  readonly code?: number;
}

const ROWS: readonly Row[] = [
  { golden: "mail" },
  { golden: "mail_as_json", args: ["--json"] },
  { golden: "from_another_server", inviter: "@mallory:elsewhere.example" },
  { golden: "nobody", invitee: "@nobody:example.org", code: 1 },
  { golden: "nobody_as_json", invitee: "@nobody:example.org", args: ["--json"], code: 1 },
  { golden: "no_address", invitee: "@carol:example.org", code: 1 },
  { golden: "another_servers_user", invitee: "@bob:elsewhere.example", code: 1 },
  { golden: "the_service_itself", invitee: "@mxisd:example.org", code: 1 },
  { golden: "themself", inviter: BOB, code: 1 },
  { golden: "off", differences: { "appsvc.enabled": false }, code: 1 },
  { golden: "not_selected", differences: { "notify.except": ["@b*:example.org"] }, code: 1 },
  {
    golden: "a_bridge",
    inviter: "@telegram_1:example.org",
    differences: { "notify.inviters.except": ["@telegram_*:example.org"] },
    code: 1,
  },
  {
    golden: "first_address_in_quiet_hours",
    differences: {
      "notify.addresses": "failover",
      "notify.quietHours.from": "22:00",
      "notify.quietHours.to": "07:00",
      "notify.timeZone": "Europe/Berlin",
      "notify.digest.window": "off",
    },
  },
  {
    golden: "trial_without_times",
    differences: {
      "notify.redirectTo": "admin@example.org",
      "notify.digest.window": "off",
      "notify.repeatAfter": "off",
    },
  },
  {
    golden: "store_that_fails",
    differences: { "rest.enabled": true, "rest.host": "http://127.0.0.1:1" },
    code: 1,
  },
  {
    golden: "homeserver_that_cannot_be_asked",
    differences: {
      "notify.homeserver": "api",
      "appsvc.endpoint.toHS.token": "an-as-token-of-this-test",
    },
  },
  { golden: "mail_server_that_is_down", args: ["--send"], code: 1 },
];

for (
  const { golden, inviter = ALICE, invitee = BOB, differences = {}, args = [], code = 0 } of ROWS
) {
  Deno.test(`simulate shows each step: ${golden.replaceAll("_", " ")}`, async () => {
    await using workspace = await makeWorkspace({
      "memory.identities": IDENTITIES,
      ...differences,
    });
    const config = ["-c", workspace.path("mxisd.yaml")];
    const result = await run(["simulate", inviter, invitee, ...args, ...config], { now: NOW });
    await assertGolden(`simulate/${golden}.txt`, steady(result.out, workspace));
    assert.equal(result.code, code, result.err);
    assert.equal(result.out.split("\n").map(printable).join("\n"), result.out);
    // Nothing is written.
    const entries = await Array.fromAsync(Deno.readDir(workspace.folder));
    assert.deepEqual(entries.map(({ name }) => name), ["mxisd.yaml"]);
  });
}

Deno.test("simulate --send sends the email, and no other", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({
    "memory.identities": IDENTITIES,
    "notify.addresses": "first",
    [`${SMTP}.port`]: sink.port,
  });
  const config = ["-c", workspace.path("mxisd.yaml")];
  const tried = await run(["simulate", ALICE, BOB, ...config], { now: NOW });
  assert.equal(tried.code, 0, tried.err);
  assert.equal(sink.mails.length, 0);
  const { code, out, err } = await run(["simulate", ALICE, BOB, "--send", ...config], { now: NOW });
  assert.equal(code, 0, err);
  assert.match(out, /^send {8}ok {6}smtp has accepted the email: /m);
  assert.match(out, /\nSent\.\n$/);
  assert.deepEqual(sink.mails.map(({ to }) => to), [["bob@corp.example"]]);
  assert.match(sink.mails[0]?.email.subject ?? "", /A simulated room/);
});

Deno.test("simulate sends nothing to an address that has stopped emails, and says how to undo it", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({
    "memory.identities": IDENTITIES,
    [`${SMTP}.port`]: sink.port,
  });
  const clock = new ManualClock();
  await using outbox = openSqliteOutbox({
    ...{ file: workspace.path("outbox.db"), clock, domain: "example.org", maxAge: 1, stopHash },
  });
  const config = ["-c", workspace.path("mxisd.yaml")];
  async function stop(address: string, scope: "all" | "outside" | "inviter", inviter = ALICE) {
    const about = { address: address as EmailAddress, inviter };
    await outbox.suppressions.suppress(referenceTo({ outbox }, 4711, about), scope, "page");
  }
  await stop("bob@home.example", "all");
  await stop("bob@corp.example", "outside");
  const own = await run(["simulate", ALICE, BOB, "--send", ...config], { now: NOW });
  assert.equal(own.code, 0, own.err);
  await assertGolden("simulate/one_address_stopped.txt", steady(own.out, workspace, sink.port));
  assert.deepEqual(sink.mails.map(({ to }) => to), [["bob@corp.example"]]);

  const remote = "@mallory:elsewhere.example";
  const other = await run(["simulate", remote, BOB, "--send", ...config], { now: NOW });
  assert.equal(other.code, 1, other.err);
  await assertGolden("simulate/all_addresses_stopped.txt", steady(other.out, workspace));
  assert.equal(sink.mails.length, 1);
});

for (
  const [args, expected] of [
    [["alice", BOB], /^alice is not a Matrix ID: write one such as @bob:example\.org\n$/],
    [[ALICE, "bob@example.org"], /^bob@example\.org is not a Matrix ID/],
    [["@alice", "@\x1b[2J:example.org"], /^@alice is not .*\n@\\u\{1b\}\[2J:example\.org is not /],
    [[ALICE], /INVITEE/],
    [[], /INVITER/],
    [[ALICE, BOB, "--sent"], /Did you mean .*`--send`/],
  ] as const
) {
  Deno.test(`simulate refuses ${JSON.stringify(args)}`, async () => {
    await using workspace = await makeWorkspace();
    const config = ["-c", workspace.path("mxisd.yaml")];
    const { code, out, err } = await run(["simulate", ...args, ...config]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, expected);
  });
}

Deno.test("simulate with a wrong configuration ends with 3, with a broken template with 1", async () => {
  await using workspace = await makeWorkspace({ "notify.delay": "soon" });
  const args = ["simulate", ALICE, BOB, "-c", workspace.path("mxisd.yaml")];
  assert.equal((await run(args)).code, 3);
  await Deno.mkdir(workspace.path("templates"));
  await Deno.writeTextFile(workspace.path("templates/subject.liquid"), "{{ nobody.knows }}");
  await workspace.configure({ "notify.templates": "templates" });
  const { code, out } = await run(args);
  assert.equal(code, 1);
  assert.match(out, /^mail {8}failed {2}.*subject\.liquid/m);
});
