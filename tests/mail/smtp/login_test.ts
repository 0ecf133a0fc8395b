import assert from "node:assert/strict";
import { message } from "../../fakes/mail/messages.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { openSmtp, secret } from "./open_smtp.ts";

const LOGIN = { login: "matrix", password: secret("hunter2") };
const PASSWORD_METHODS = "a password needs PLAIN or LOGIN or CRAM-MD5";

interface Row {
  readonly offer: readonly string[];
  /** A part of the reason. */
  readonly reason: string;
  readonly remedy: RegExp;
}

const REFUSED: readonly Row[] = [
  {
    offer: ["AUTH GSSAPI NTLM"],
    reason: `it offers GSSAPI, NTLM, and ${PASSWORD_METHODS}`,
    remedy: /write 2 in .*smtp\.tls, as many servers offer passwords only after STARTTLS/,
  },
  {
    offer: ["AUTH xoauth2 OAUTHBEARER"],
    reason: `it offers XOAUTH2, OAUTHBEARER, and ${PASSWORD_METHODS}`,
    remedy: /write .*smtp\.oauth2 instead of password/,
  },
  { offer: ["AUTH"], reason: `it offers none, and ${PASSWORD_METHODS}`, remedy: /smtp\.tls/ },
  {
    offer: ["AUTH SCRAM-SHA-256", "AUTH=SCRAM-SHA-1 SCRAM-SHA-256"],
    reason: `it offers SCRAM-SHA-256, SCRAM-SHA-1, and ${PASSWORD_METHODS}`,
    remedy: /smtp\.tls/,
  },
  {
    offer: ["XAUTH PLAIN", "AUTHX PLAIN", "SIZE AUTH PLAIN"],
    reason: "the mail server does not offer a login",
    remedy: /smtp\.login/,
  },
  { offer: [], reason: "the mail server does not offer a login", remedy: /smtp\.login/ },
  {
    offer: [`AUTH \x1b[31m${"X".repeat(300)}`],
    reason: "the mail server offers no login method that can be used: it offers [31MXXX",
    remedy: /smtp\.tls/,
  },
];
for (const { offer, reason, remedy } of REFUSED) {
  Deno.test(`a server that offers "${offer.join(", ").slice(0, 60)}" gets no password`, async () => {
    await using server = startScriptedSmtp({ extensions: offer });
    await using transport = openSmtp(server.port, { ...LOGIN, tls: 0 });
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], ["auth", "ours"]);
    assert(receipt.reason.startsWith(`127.0.0.1:${server.port}: the mail server `));
    assert(receipt.reason.includes(reason), receipt.reason);
    assert(receipt.reason.length < 300);
    assert.match(receipt.remedy ?? "", remedy);
    assert.deepEqual(server.lines, ["EHLO client.example", "QUIT"]);
  });
}

Deno.test("the first method that fits is used, in whatever case and notation it is offered", async () => {
  for (
    const [offer, command] of [
      [["AUTH GSSAPI NTLM LOGIN PLAIN"], "AUTH PLAIN"],
      [["AUTH=login ntlm"], "AUTH LOGIN"],
      [["AUTH NTLM", "AUTH=PLAIN"], "AUTH PLAIN"],
      [["auth Plain"], "AUTH PLAIN"],
      [["AUTH XOAUTH2 CRAM-MD5"], "AUTH CRAM-MD5"],
    ] as const
  ) {
    await using server = startScriptedSmtp({ extensions: offer, plays: { auth: "535 No" } });
    await using transport = openSmtp(server.port, LOGIN);
    await transport.check();
    assert.equal(server.lines[1]?.split(" ").slice(0, 2).join(" "), command);
  }
});

Deno.test("a server that knows only HELO offers no login", async () => {
  await using server = startScriptedSmtp({ plays: { ehlo: "502 5.5.1 Unknown command" } });
  await using transport = openSmtp(server.port, LOGIN);
  const failure = await transport.check();
  assert.match(failure?.reason ?? "", /does not offer a login/);
  assert(!server.lines.some((line) => line.startsWith("AUTH")));
});

Deno.test("the name for EHLO is the configured one", async () => {
  await using server = startScriptedSmtp();
  await using transport = openSmtp(server.port, { name: "[IPv6:2001:db8::1]" });
  assert.equal(await transport.check(), undefined);
  assert.equal(server.lines[0], "EHLO [IPv6:2001:db8::1]");
});
