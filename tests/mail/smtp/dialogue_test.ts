import assert from "node:assert/strict";
import { message } from "../../fakes/mail/messages.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { openSmtp, secret } from "./open_smtp.ts";

Deno.test("the dialogue is reported line by line, the message by its size, a login by its mechanism", async () => {
  await using server = startScriptedSmtp({
    extensions: ["AUTH PLAIN", "8BITMIME"],
    plays: { auth: "235 2.7.0 welcome \x1b[2J user, your password is word" },
  });
  const lines: string[] = [];
  await using transport = openSmtp(server.port, { login: "user", password: secret("word") }, {
    onDialogue: ({ from, text }) => lines.push(`${from === "client" ? ">" : "<"} ${text}`),
  });
  await transport.send(message());
  await transport[Symbol.asyncDispose]();
  assert.deepEqual(lines.map((line) => line.replace(/[0-9]{3,} bytes/, "N bytes")), [
    "< 220 scripted.example ESMTP",
    "> EHLO client.example",
    "< 250-scripted.example",
    "< 250-AUTH PLAIN",
    "< 250 8BITMIME",
    "> AUTH PLAIN [redacted]",
    "< 235 2.7.0 welcome [2J [redacted], your pass[redacted] is [redacted]",
    "> MAIL FROM:<matrix@example.org>",
    "< 250 2.1.0 Ok",
    "> RCPT TO:<bob@example.org>",
    "< 250 2.1.5 Ok",
    "> DATA",
    "< 354 End data with <CR><LF>.<CR><LF>",
    "> (the email, N bytes)",
    "< 250 2.0.0 Ok: queued as 12345",
    "> QUIT",
    "< 221 2.0.0 Bye",
  ]);
});

Deno.test("no step of a login is shown", async () => {
  await using server = startScriptedSmtp({
    extensions: ["AUTH LOGIN"],
    plays: { auth: ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 Ok"] },
  });
  const said: string[] = [];
  await using transport = openSmtp(server.port, { login: "MAIL", password: secret("QUIT") }, {
    onDialogue: ({ from, text }) => from === "client" && said.push(text),
  });
  assert.equal(await transport.check(), undefined);
  assert.deepEqual(
    said,
    [
      "EHLO client.example",
      "AUTH LOGIN",
      "[redacted]",
      "[redacted]",
      "QUIT",
    ].map((line) => line.replace("QUIT", "[redacted]")),
  );
});
