import assert from "node:assert/strict";
import { bounceAddress, bounceTokens } from "../../../src/notify/bounces/bounce_token.ts";
import { takeBounce, takeMessage } from "../../../src/notify/bounces/take_bounce.ts";
import { sendMail } from "../../contracts/outbox_bounces.ts";
import { BOB, states } from "../../contracts/outbox_samples.ts";
import { settle } from "../../contracts/outbox_suppressions.ts";
import { invite } from "../../contracts/outbox_samples.ts";
import { tempOutbox } from "../../fakes/outbox/temp_outbox.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

const DOMAIN = "bounces.example.org";
const FAILED = { failed: true, status: "5.1.1", text: "550 5.1.1 User unknown" };
const REPORT = { kind: "report", recipients: [FAILED] } as const;

async function mailed() {
  const clock = new ManualClock();
  const temp = tempOutbox(clock);
  const { outbox } = temp;
  const subject = { outbox, clock, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
  const mail = await sendMail(subject, 1);
  const messageId = (await outbox.records.mail(mail))?.messageId ?? "";
  const tokens = bounceTokens(outbox.secret);
  const token = tokens.write({ mail, messageId });
  return { ...subject, subject, mail, messageId, tokens, token };
}

Deno.test("a report to the sender of an email counts against its address", async () => {
  await using logs = await collectLogs();
  await using given = await mailed();
  const { outbox, mail, token } = given;
  const recipients = [bounceAddress(token, DOMAIN).toUpperCase(), "bob@mail.example"];
  const taken = await takeMessage({ recipients, report: REPORT }, DOMAIN, given);
  assert.deepEqual(taken, { kind: "taken", mail, severity: "hard", score: 2 });
  assert.equal((await outbox.records.mail(mail))?.bounce?.status, "5.1.1");
  assert.equal(logs.at("warning")[0]?.[0], "mail came back");
  const again = await takeMessage({ recipients, report: REPORT }, DOMAIN, given);
  assert.equal(again.kind, "ignored");
});

Deno.test("nothing else changes anything", async () => {
  await using _logs = await collectLogs();
  await using given = await mailed();
  const { outbox, mail, token, tokens, messageId } = given;
  const to = (token: string, domain = DOMAIN) => bounceAddress(token, domain);
  const forged = bounceTokens("another secret").write({ mail, messageId });
  const cases: readonly Parameters<typeof takeMessage>[0][] = [
    { recipients: [], report: REPORT },
    { recipients: ["bob@mail.example"], report: REPORT },
    { recipients: [to(token, "evil.example")], report: REPORT },
    { recipients: [to(forged)], report: REPORT },
    { recipients: [to(tokens.write({ mail: mail + 1, messageId }))], report: REPORT },
    { recipients: [to(tokens.write({ mail, messageId: "<older@example.org>" }))], report: REPORT },
    { recipients: [to(token)], report: { kind: "other", what: "an automatic reply" } },
    { recipients: [to(token)], report: { kind: "report", recipients: [] } },
    {
      recipients: [to(token)],
      report: { kind: "report", recipients: [{ ...FAILED, failed: false }] },
    },
    // The forged one is the envelope's recipient.
    { recipients: [to(forged), to(token)], report: REPORT },
  ];
  for (const message of cases) {
    assert.equal((await takeMessage(message, DOMAIN, given)).kind, "ignored");
  }
  assert.equal((await outbox.records.mail(mail))?.bounce, undefined);
});

Deno.test("what comes back of a trial does not count against the invited person", async () => {
  await using _logs = await collectLogs();
  await using given = await mailed();
  const { mail, messageId, tokens } = given;
  const token = tokens.write({ mail, messageId, trial: true });
  const taken = await takeBounce(token, { severity: "hard", text: "" }, given);
  assert.deepEqual(taken, { kind: "taken", mail, severity: "none", score: 0 });
});

Deno.test("a report of spam stops all emails to the address", async () => {
  await using _logs = await collectLogs();
  await using given = await mailed();
  const { outbox, token, subject } = given;
  await takeBounce(token, { severity: "complaint", text: "" }, given);
  const [listed] = await outbox.suppressions.list();
  assert.deepEqual([listed?.scope, listed?.reason, listed?.userId], ["all", "spam report", BOB]);
  await settle(subject, invite(2, { room: "!2:example.org" }));
  assert.equal((await states(subject))[0], "skipped: suppressed");
});

Deno.test("of a person who was forgotten nothing is stored", async () => {
  await using _logs = await collectLogs();
  await using given = await mailed();
  const { outbox, token } = given;
  await outbox.records.forget(BOB);
  const taken = await takeBounce(token, { severity: "hard", text: "" }, given);
  assert.equal(taken.kind, "ignored");
  assert.deepEqual(await outbox.suppressions.list(), []);
});
