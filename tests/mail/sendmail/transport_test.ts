import assert from "node:assert/strict";
import type { DialogueLine } from "../../../src/mail/port.ts";
import { sendmailSection } from "../../../src/mail/sendmail/section.ts";
import { openSendmailTransport } from "../../../src/mail/sendmail/transport.ts";
import type { Invocation, ProgramResult } from "../../../src/system/program.ts";
import { runProgram } from "../../../src/system/run_program.ts";
import { testMailTransport } from "../../contracts/mail_transport.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { makePipe, openPipe } from "../../fakes/system/named_pipe.ts";
import { rows, rowTest } from "../../thorough.ts";

const BARE_LINE_FEED = /^[^\r]*$/;

/** A program in a folder of its own, as the shell's script, and the transport to it. */
async function open(script: string, keys: Readonly<Record<string, unknown>> = {}) {
  const folder = await Deno.makeTempDir();
  const command = `${folder}/sendmail`;
  // Whatever it is given is kept: each argument on a line, and the mail.
  const text = `#!/bin/sh
number=$(ls ${folder} | wc -l)
printf '%s\\n' "$@" >${folder}/$number.$$.args
${script}
`;
  await Deno.writeTextFile(command, text, { mode: 0o755 });
  const clock = new ManualClock();
  const lines: DialogueLine[] = [];
  const started = Promise.withResolvers<void>();
  const transport = openSendmailTransport(sendmailSection.parse({ command, ...keys }), {
    clock,
    run: runProgram,
    onDialogue(line) {
      lines.push(line);
      started.resolve();
    },
  });
  const ending = async (end: string) =>
    (await Array.fromAsync(Deno.readDir(folder))).filter(({ name }) => name.endsWith(end));
  return {
    folder,
    command,
    clock,
    lines,
    /** Resolves when the program was started first. */
    started: started.promise,
    transport,
    arrived: async () => (await ending(".args")).length,
    async given(end: string): Promise<string> {
      const [entry] = await ending(end);
      return await Deno.readTextFile(`${folder}/${entry?.name}`);
    },
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testMailTransport({ name: "sendmail", open: () => open("cat >/dev/null") });

Deno.test("a send by sendmail takes no longer than its timeout", async () => {
  await using made = await open("true", { timeout: "20s" });
  assert.equal(made.transport.longestSend, 20_000);
});

Deno.test("sendmail gets the addresses as arguments and the mail as it is, with local line ends", async () => {
  await using made = await open(`cat >$0.mail`);
  const receipt = await made.transport.send(message());
  assert.deepEqual(receipt, { kind: "accepted", response: `accepted by "${made.command}"` });
  assert.equal(await made.given(".args"), "-i\n-f\nmatrix@example.org\n--\nbob@example.org\n");
  const mail = await made.given(".mail");
  assert.match(mail, BARE_LINE_FEED);
  assert.match(mail, /^From: Chat of Example <matrix@example\.org>\nTo: Bob <bob@example\.org>\n/);
  assert.match(mail, /^Message-ID: <3f2a9c@example\.org>$/m);
  assert.match(mail, /\n\nAlice invites you to Plans\.\n/);
});

Deno.test("an address is never an option of sendmail or a command, whatever it looks like", async () => {
  for (const local of rows(4, ["-oQ/tmp", "{from}", "`id`", "*", "--help", "-t", "$IFS", "a|b"])) {
    await using made = await open("cat >/dev/null");
    const to = { name: "", address: address(`${local}@example.org`) };
    await made.transport.send(message({ to }));
    const [, , , end, recipient, ...more] = (await made.given(".args")).split("\n");
    assert.deepEqual([end, recipient, more], ["--", `${local}@example.org`, [""]]);
  }
  const args = ["--from={from}", "--", "{to}"];
  await using made = await open("cat >/dev/null", { args });
  await made.transport.send(message());
  assert.equal(await made.given(".args"), "--from=matrix@example.org\n--\nbob@example.org\n");
});

Deno.test("a mail that cannot be composed is not passed to sendmail", async () => {
  await using made = await open("exit 0");
  const to = { name: "", address: address("a@b -oQ/tmp") };
  const receipt = await made.transport.send(message({ to }));
  assert.ok(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["compose", "ours"]);
  assert.equal(await made.arrived(), 0);
});

const EXITS: readonly [code: number, outcome: string, reason: RegExp][] = [
  [67, "doubtful", /ends with 67 \(no such user\)$/],
  [68, "temporary", /ends with 68 \(no such host\)$/],
  [71, "temporary", /71/],
  [74, "temporary", /74/],
  [75, "temporary", /ends with 75 \(try again later\)$/],
  [76, "temporary", /76/],
  [64, "ours", /64/],
  [65, "ours", /65/],
  [66, "ours", /66/],
  [69, "ours", /ends with 69 \(unavailable\)$/],
  [70, "ours", /70/],
  [72, "ours", /72/],
  [73, "ours", /73/],
  [77, "ours", /ends with 77 \(permission denied\)$/],
  [78, "ours", /ends with 78 \(wrong configuration\)$/],
  [1, "ours", /ends with 1$/],
  [127, "ours", /ends with 127$/],
];
// One of each outcome, an unknown one, and a program that is missing.
const QUICK = [67, 75, 77, 1, 127];
for (const [code, outcome, reason] of EXITS) {
  rowTest(QUICK.includes(code))(`sendmail that ends with ${code}: ${outcome}`, async () => {
    await using made = await open(`cat >/dev/null; exit ${code}`);
    const receipt = await made.transport.send(message());
    assert.ok(receipt.kind !== "accepted");
    assert.equal(receipt.kind === "rejected" ? receipt.kind : receipt.fault, outcome);
    assert.equal(receipt.stage, outcome === "doubtful" ? "recipient" : "data");
    assert.match(receipt.reason, reason);
  });
}

Deno.test("sendmail need not read the mail to refuse it, nor be silent or speak UTF-8 to take it", async () => {
  await using refuses = await open("exit 75");
  const content = { ...message().content, text: "x\n".repeat(500_000) } as const;
  const refused = await refuses.transport.send(message({ content }));
  assert.equal(refused.kind, "deferred");
  await using speaks = await open("cat >/dev/null; printf '\\377'; echo more");
  assert.equal((await speaks.transport.send(message())).kind, "accepted");
});

const ODD: readonly [ran: ProgramResult, fault: string, reason: RegExp][] = [
  [{ kind: "killed", signal: "SIGTERM", stderr: "" }, "temporary", /was ended by SIGTERM$/],
  [{ kind: "outputTooLarge", stderr: "" }, "ours", /writes more than 1 MiB$/],
  [{ kind: "notUtf8", code: 75, stderr: "" }, "temporary", /ends with 75/],
  [{ kind: "notStarted", reason: "gone", transient: true }, "temporary", /cannot be run: gone$/],
  [{ kind: "notStarted", reason: "gone", transient: false }, "ours", /cannot be run: gone$/],
];
for (const [ran, fault, reason] of ODD) {
  Deno.test(`sendmail that is ${JSON.stringify(ran)}: ${fault}`, async () => {
    const given: Invocation[] = [];
    await using transport = openSendmailTransport(sendmailSection.parse({}), {
      clock: new ManualClock(),
      run(invocation) {
        given.push(invocation);
        return Promise.resolve(ran);
      },
    });
    const receipt = await transport.send(message());
    assert.ok(receipt.kind === "deferred");
    assert.equal(receipt.fault, fault);
    assert.match(receipt.reason, reason);
    assert.equal(given[0]?.command, "/usr/sbin/sendmail");
    assert.deepEqual(Object.keys(given[0]?.env ?? {}), ["PATH", "LANG"]);
  });
}

/** A program that does not end, with a child that does not end, and a pipe that ends with both. */
async function openStaying() {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/pipe`;
  await makePipe(path);
  const made = await open(`exec 3>${path}; sleep 600 & echo started >&3; sleep 600`);
  return {
    ...made,
    path,
    async [Symbol.asyncDispose]() {
      await made[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("sendmail that does not end is killed after the timeout, with all it has started", async () => {
  await using made = await openStaying();
  const sending = made.transport.send(message());
  await made.started;
  using reader = await openPipe(made.path);
  assert.equal(await reader.next(), "started\n");
  made.clock.advance(60_000);
  assert.deepEqual(await sending, {
    kind: "deferred",
    fault: "temporary",
    stage: "data",
    reason: `"${made.command}" has not ended within 1m`,
    general: true,
  });
  assert.equal(await reader.next(), undefined);
});

Deno.test("sendmail is killed by the signal, and by closing", async () => {
  for (const way of ["signal", "closing"]) {
    await using made = await openStaying();
    const stop = new AbortController();
    const sending = made.transport.send(message(), { signal: stop.signal });
    await made.started;
    using reader = await openPipe(made.path);
    assert.equal(await reader.next(), "started\n");
    if (way === "signal") stop.abort();
    else await made.transport[Symbol.asyncDispose]();
    const receipt = await sending;
    assert.ok(receipt.kind === "deferred" && receipt.reason === "sending was stopped");
    assert.equal(await reader.next(), undefined);
    assert.equal(made.clock.sleepers, 0);
  }
});

Deno.test("the output of sendmail is logged at debug alone, and safe to print", async () => {
  await using logs = await collectLogs();
  await using made = await open(
    "cat >/dev/null; printf 'bob@example.org \\033[31m\\nx\\n' >&2; exit 77",
  );
  const receipt = await made.transport.send(message());
  assert.ok(!(logs.text() + JSON.stringify(receipt)).includes("bob@"));
  assert.equal(logs.at("debug").length, 1);
  assert.deepEqual(made.lines, [
    { from: "client", text: `${made.command} -i -f matrix@example.org -- bob@example.org` },
    { from: "server", text: "bob@example.org \\u{1b}[31m" },
    { from: "server", text: "x" },
  ]);
});

Deno.test("the check of sendmail says whether there is a program", async () => {
  await using made = await open("exit 0");
  assert.equal(await made.transport.check(), undefined);
  await Deno.chmod(made.command, 0o644);
  assert.match((await made.transport.check())?.reason ?? "", /may not be run: is it executable\?$/);
  await Deno.remove(made.command);
  assert.deepEqual(await made.transport.check(), {
    stage: "connect",
    reason: `"${made.command}" cannot be run: there is no such program`,
  });
});

Deno.test("the section of sendmail has its defaults, and lets no address be an option", () => {
  assert.deepEqual(sendmailSection.parse({}), {
    command: "/usr/sbin/sendmail",
    args: ["-i", "-f", "{from}", "--", "{to}"],
    timeout: 60_000,
  });
  const wrong = [["-i", "{to}"], ["{to}", "--"], ["-t"], ["--"], [], ["--to={to}", "--"]];
  for (const args of wrong) assert.ok(!sendmailSection.safeParse({ args }).success, String(args));
  for (const keys of [{ timeout: "0" }, { timeout: "11m" }, { command: "" }, { shell: true }]) {
    assert.ok(!sendmailSection.safeParse(keys).success, JSON.stringify(keys));
  }
});
