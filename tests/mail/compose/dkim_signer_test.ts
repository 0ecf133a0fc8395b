import assert from "node:assert/strict";
import { composeMail } from "../../../src/mail/compose/compose.ts";
import { openDkimSigner, SIGNED_FIELDS } from "../../../src/mail/compose/dkim_signer.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { rsaKey, wrongKeys } from "../../fakes/mail/dkim_keys.ts";
import { message } from "../../fakes/mail/messages.ts";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { openSmtp } from "../smtp/open_smtp.ts";
import { verifyDkim } from "./dkim_verifier.ts";

const KEY = rsaKey(2048);
const DKIM = { domain: "example.org", selector: "matrix2026", key: new Secret(KEY.pem) };
const HEADERS = {
  "List-Id": "Matrix invitations <matrix-invitations.example.org>",
  "List-Unsubscribe": `<https://matrix.example.org/stop/${"x".repeat(120)}>`,
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  "References": "<0123456789abcdef@example.org>",
  "Reply-To": "help@example.org",
};

async function composed(): Promise<Uint8Array> {
  const mail = await composeMail(message({ headers: HEADERS }), { sevenBit: true });
  assert.ok(mail.kind === "composed");
  return mail.bytes;
}

Deno.test("a signed mail is the mail with a signature in front, which verifies", async () => {
  const mail = await composed();
  const signed = await openDkimSigner(DKIM).sign(mail);
  assert.ok(signed);
  const raw = new TextDecoder("latin1").decode(signed);
  assert.ok(raw.endsWith(new TextDecoder("latin1").decode(mail)));
  const verdict = verifyDkim(raw, KEY.record);
  assert.ok(verdict.kind === "pass", JSON.stringify(verdict));
  assert.equal(verdict.tags.get("d"), "example.org");
  assert.equal(verdict.tags.get("s"), "matrix2026");
  assert.equal(verdict.tags.get("c"), "relaxed/relaxed");
});

Deno.test("every field that should be signed is signed", async () => {
  const signed = await openDkimSigner(DKIM).sign(await composed());
  const verdict = verifyDkim(new TextDecoder("latin1").decode(signed), KEY.record);
  assert.ok(verdict.kind === "pass");
  const covered = verdict.tags.get("h")?.split(":");
  const parts = ["content-transfer-encoding", "content-disposition", "content-description"];
  const absent = [...parts, "content-language", "content-id"];
  assert.deepEqual(
    covered,
    SIGNED_FIELDS.map((name) => name.toLowerCase()).filter((name) => !absent.includes(name)),
  );
});

for (const change of ["From:", "List-Unsubscribe-Post:", "References:", "Plans"]) {
  Deno.test(`a change of ${change} on the way breaks the signature`, async () => {
    const signed = await openDkimSigner(DKIM).sign(await composed());
    const raw = new TextDecoder("latin1").decode(signed);
    assert.ok(raw.includes(`${change}`));
    const changed = raw.replace(new RegExp(`(\r\n${change} |Plans)`), "$1x");
    assert.equal(verifyDkim(changed, KEY.record).kind, "fail");
  });
}

for (const [what, pem] of Object.entries(wrongKeys()).filter(([what]) => what !== "too short")) {
  Deno.test(`a mail is not sent unsigned because the key is ${what}`, async () => {
    const signer = openDkimSigner({ ...DKIM, key: new Secret(pem) });
    assert.equal(await signer.sign(await composed()), undefined);
  });
}

Deno.test("a mail is sent signed, and arrives as it was signed", async () => {
  await using sink = await startSmtpSink();
  await using smtp = openSmtp(sink.port, { dkim: DKIM });
  const entity = new TextEncoder().encode(
    "Subject: x\r\nContent-Type: text/plain; charset=UTF-8\r\n" +
      `Content-Transfer-Encoding: 8bit\r\n\r\n.Grüße \r\n${"long ".repeat(300)}\r\n.\r\n`,
  );
  const receipt = await smtp.send(message({ headers: HEADERS, content: { kind: "mime", entity } }));
  assert.equal(receipt.kind, "accepted");
  const [mail] = sink.mails;
  assert.ok(mail);
  assert.doesNotMatch(mail.raw, /[\x80-\xFF]|[^\r\n]{999}/);
  assert.equal(verifyDkim(mail.raw, KEY.record).kind, "pass");
  assert.equal(mail.email.text?.trimEnd().slice(0, 12), ".Grüße \nlong");
});

Deno.test("a mail without its signature is not sent; it is deferred, and the fault is ours", async () => {
  await using sink = await startSmtpSink();
  const key = new Secret(wrongKeys()["Ed25519"] ?? "");
  await using smtp = openSmtp(sink.port, { dkim: { ...DKIM, key } });
  assert.deepEqual(await smtp.send(message()), {
    kind: "deferred",
    fault: "ours",
    stage: "compose",
    reason: "the email could not be signed",
  });
  assert.equal(sink.connections, 0);
});
