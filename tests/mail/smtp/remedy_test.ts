import assert from "node:assert/strict";
import { settingsSchema } from "../../../src/config/sections/settings.ts";
import { allKeys } from "../../../src/config/schema/walk.ts";
import type { Stage } from "../../../src/mail/port.ts";
import { parseReply, TRANSIENT_CODES } from "../../../src/mail/reply.ts";
import { remedyFor, REPLY_REMEDIES } from "../../../src/mail/smtp/remedy.ts";
import { replaceTable } from "../markdown_table.ts";

const REPLIES: readonly [stage: Stage, reply: string, remedy: RegExp | undefined][] = [
  ["auth", "535 5.7.139 Authentication unsuccessful", /smtp\.oauth2 instead of password/],
  ["auth", "535 5.7.3 Authentication unsuccessful", /SMTP\.SendAsApp/],
  ["auth", "534-5.7.9 Application-specific password required\r\n534 5.7.9 x", /app password/],
  ["auth", "535 5.7.9 Authentication failed", /app password/],
  ["auth", "538 5.7.11 Encryption required", /2 or 3 in .*smtp\.tls/],
  ["auth", "504 5.7.4 Unrecognized authentication type", /smtp\.login and password, or oauth2/],
  ["auth", "535 5.7.8 Bad credentials", /smtp\.login and password, or oauth2/],
  ["auth", "454 4.7.0 Temporary authentication failure", undefined],
  ["auth", "432 4.3.2 Concurrent connections limit exceeded", /smtp\.pool/],
  ["sender", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", /smtp\.pool/],
  ["sender", "530 5.7.0 Must issue a STARTTLS command first", /login or STARTTLS/],
  ["sender", "530 5.7.57 Client not authenticated to send mail", /login or STARTTLS/],
  ["sender", "553 5.7.1 Sender address rejected: not owned by user", /identity\.from/],
  ["data", "553 From does not belong to the login", /identity\.from/],
  ["data", "554 5.2.252 SendAsDenied", /right Send As/],
  ["data", "550 5.7.60 Client does not have permissions to send as this sender", /Send As/],
  ["data", "554 5.2.2 mailbox full", /is full, or has reached its limit/],
  ["recipient", "550 5.1.90 Your message can't be sent", /has reached its limit/],
  ["recipient", "550 5.7.236 Tenant has exceeded", /own domain in .*identity\.from/],
  ["data", "550 5.7.515 Access denied", /SPF, DKIM and DMARC/],
  ["data", "550-5.7.26 This mail has been blocked\r\n550 5.7.26 x", /SPF, DKIM and DMARC/],
  ["data", "421 4.7.30 rate limited, no DKIM", /SPF, DKIM and DMARC/],
  ["recipient", "550 5.7.23 SPF validation failed", /SPF, DKIM and DMARC/],
  ["recipient", "550 5.7.1 Relaying denied", /relay for this service/],
  ["recipient", "550 5.1.1 No such user", undefined],
  ["recipient", "450 4.2.1 Greylisted", undefined],
  ["recipient", "452 4.2.2 Mailbox full", undefined],
  ["data", "554 5.7.1 Spam", undefined],
];
for (const [stage, reply, remedy] of REPLIES) {
  Deno.test(`what to do about ${reply.slice(0, 40)} at ${stage}: ${remedy ?? "nothing"}`, () => {
    const found = remedyFor({ stage, ...parseReply(reply) });
    if (remedy === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", remedy);
  });
}

Deno.test("a failure without a reply names the key, unless it is over by itself", () => {
  const nothing = ["EABORT", "ECONNRESET", "ECONNABORTED", "EPIPE", "EHOSTDOWN", "ENETDOWN"];
  const machine = ["EADDRNOTAVAIL", "EMFILE", "ENFILE", "EACCES", "EPERM"];
  const codes = [...TRANSIENT_CODES, "EPLAINLOGIN", "ENOTLS", "ETLS", "EPROTOCOL"];
  for (const networkCode of codes) {
    const remedy = remedyFor({ stage: "connect", networkCode });
    if ([...nothing, ...machine].includes(networkCode)) continue;
    assert.match(remedy ?? "", /threepid\.medium\.email\.connectors\.smtp\./, networkCode);
  }
  assert.equal(remedyFor({ stage: "connect", networkCode: "constructor" }), undefined);
});

Deno.test("a server that is silent or goes away at the greeting may expect TLS, or none", () => {
  for (const networkCode of ["ETIMEDOUT", "ECONNRESET", "EPIPE"]) {
    const remedy = remedyFor({ stage: "greeting", networkCode });
    assert.match(remedy ?? "", /smtp\.port and tls: 3 for TLS from the start, as on port 465/);
    for (const stage of ["auth", "sender", "recipient", "data"] as const) {
      assert.equal(remedyFor({ stage, networkCode }), undefined);
    }
  }
});

Deno.test("every key that a remedy names exists", () => {
  const keys = new Set(allKeys(settingsSchema).map((key) => key.join(".")));
  const remedies = [
    ...REPLY_REMEDIES.map(({ remedy }) => remedy),
    ...[...TRANSIENT_CODES, "EPLAINLOGIN", "ENOTLS", "ETLS", "EPROTOCOL", "ESIZE"]
      .map((networkCode) => remedyFor({ stage: "connect", networkCode }) ?? ""),
  ].join("\n");
  const named = remedies.match(/\b(?:threepid|notify|tls)(?:\.[a-zA-Z0-9]+)+/g) ?? [];
  assert(named.length > 20);
  assert.deepEqual(named.filter((key) => !keys.has(key)), []);
});

Deno.test("docs/mail.md has the table of remedies as the code has it", async () => {
  const rows = REPLY_REMEDIES.map(({ reply, remedy }) => [
    reply,
    remedy.replaceAll("threepid.medium.email.", "").replaceAll(/\bdocs\/mail\.md, /g, "below, "),
  ]);
  await replaceTable("remedies", ["reply", "what to do"], rows);
});
