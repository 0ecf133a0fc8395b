import assert from "node:assert/strict";
import type { Content } from "../../../src/domain/message.ts";
import type { DialogueLine } from "../../../src/mail/port.ts";
import { sendgridApiSection } from "../../../src/mail/sendgrid/section.ts";
import { openSendgridTransport } from "../../../src/mail/sendgrid/transport.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { testMailTransport } from "../../contracts/mail_transport.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { API_KEY, refusal, SendgridService } from "../../fakes/mail/sendgrid_service.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

/** A service, and a transport to it. */
function open(key = API_KEY, onDialogue?: (line: DialogueLine) => void) {
  const service = new SendgridService();
  const clock = new ManualClock();
  const section = sendgridApiSection.parse({ key, url: service.url });
  const transport = openSendgridTransport(section, {
    clock,
    fetch: fetchTrusting(),
    onDialogue,
  });
  return {
    service,
    clock,
    transport,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

testMailTransport({
  name: "sendgrid",
  open() {
    const made = open();
    return Promise.resolve({
      ...made,
      arrived: () => Promise.resolve(made.service.mails.length),
    });
  },
});

Deno.test("a send by SendGrid takes no longer than its timeout", async () => {
  await using made = open();
  assert.equal(made.transport.longestSend, 30_000);
});

const parts = (changes: Partial<Content & { kind: "parts" }> = {}): Content => ({
  kind: "parts",
  subject: "Alice invites you",
  text: "Text\n",
  html: "<p>HTML</p>\n",
  inline: [],
  ...changes,
});

Deno.test("SendGrid gets a mail whole, with its fields, its picture, and no tracking", async () => {
  await using made = open();
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  const receipt = await made.transport.send(message({
    from: { name: "Müller & Söhne", address: address("matrix@münchen.example") },
    headers: {
      "Reply-To": "Help <help@example.org>",
      "List-Unsubscribe": "<https://mxisd.example.org/stop/abc>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      "List-Id": "Einladungen für alle <invites.example.org>",
    },
    content: parts({
      subject: "R&D: „Pläne“",
      inline: [{ contentId: "logo@example.org", mediaType: "image/png", bytes }],
    }),
  }));
  assert.deepEqual(receipt, { kind: "accepted", response: "queued by SendGrid, as mail-1" });
  const [mail] = made.service.mails;
  assert.deepEqual(mail?.personalizations, [{ to: [{ email: "bob@example.org", name: "Bob" }] }]);
  assert.deepEqual(mail?.from, {
    email: "matrix@xn--mnchen-3ya.example",
    name: "Müller & Söhne",
  });
  assert.deepEqual(mail?.reply_to, { email: "help@example.org", name: "Help" });
  assert.equal(mail?.subject, "R&D: „Pläne“");
  assert.deepEqual(mail?.content, [
    { type: "text/plain", value: "Text\n" },
    { type: "text/html", value: "<p>HTML</p>\n" },
  ]);
  assert.deepEqual(mail?.attachments, [{
    content: bytes.toBase64(),
    type: "image/png",
    filename: "logo",
    disposition: "inline",
    content_id: "logo@example.org",
  }]);
  const { "List-Id": listId, ...headers } = mail?.headers ?? {};
  assert.deepEqual(headers, {
    "Message-ID": "<3f2a9c@example.org>",
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
    "List-Unsubscribe": "<https://mxisd.example.org/stop/abc>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  });
  assert.match(listId ?? "", /^=\?UTF-8\?[QB]\?/);
});

Deno.test("SendGrid gets the parts that there are", async () => {
  await using made = open();
  await made.transport.send(message({ content: parts({ html: "" }) }));
  await made.transport.send(message({ content: parts({ text: "" }) }));
  assert.deepEqual(made.service.mails.map(({ content }) => content.map(({ type }) => type)), [
    ["text/plain"],
    ["text/html"],
  ]);
});

Deno.test("SendGrid's events get the mail's token, if it has one", async () => {
  await using made = open();
  await made.transport.send(message());
  await made.transport.send(message({ returnPath: { token: "abc" } }));
  assert.deepEqual(
    made.service.mails.map(({ personalizations: [{ custom_args }] }) => custom_args),
    [
      undefined,
      { appservice_mxisd: "abc" },
    ],
  );
});

Deno.test("a recipient's name adds no other recipient", async () => {
  await using made = open();
  const names = [
    "Baker, Bob",
    "evil@example.com,",
    '"; <evil@example.com>',
    "x:evil@e.example;",
    ",",
  ];
  for (const name of names) {
    const to = { name, address: address("bob@example.org") };
    assert.equal((await made.transport.send(message({ to }))).kind, "accepted", name);
  }
  assert.deepEqual(made.service.mails.map(({ personalizations: [{ to: [to] }] }) => to), [
    { email: "bob@example.org", name: "Baker Bob" },
    { email: "bob@example.org", name: "evil example.com" },
    { email: "bob@example.org", name: "evil example.com" },
    { email: "bob@example.org", name: "x evil e.example" },
    { email: "bob@example.org" },
  ]);
});

Deno.test("what looks like an encoded word in a subject or a name stays the text it is", async () => {
  await using made = open();
  const word = "=?utf-8?q?evil?=";
  const to = { name: word, address: address("bob@example.org") };
  await made.transport.send(message({ to, content: parts({ subject: word }) }));
  const sent = JSON.stringify(made.service.mails);
  assert.ok(!sent.includes("=?utf-8?q?"), sent);
});

Deno.test("what SendGrid does not take as a mail is not sent, and is our fault", async () => {
  await using made = open();
  const mime = { kind: "mime", entity: new TextEncoder().encode("Subject: a\r\n\r\nb") } as const;
  const cases = [
    [{ content: mime }, "SendGrid does not take .eml templates"],
    [{ content: parts({ subject: " " }) }, "the subject is empty"],
    [
      { content: parts({ subject: "a\r\nBcc: evil@example.com" }) },
      "the subject cannot be written",
    ],
    [{ content: parts({ text: "", html: "\n" }) }, "the email is empty"],
    [{ to: { name: "", address: address("a@b\r\nc") } }, "the recipient's address is invalid"],
    [{ from: { name: "", address: address("a") } }, "the sender's address is invalid"],
    [{ headers: { "X-A": "a\r\nb" } }, "the header field X-A cannot be written"],
    [{ headers: { "Bcc": "a@b" } }, "the header field Bcc must not be set"],
    [{ headers: { "Reply-To": "a" } }, "the Reply-To is not an address"],
    [{ messageId: "a" }, "the Message-ID is invalid"],
  ] as const;
  for (const [changes, reason] of cases) {
    const receipt = await made.transport.send(message(changes));
    assert.deepEqual(receipt, { kind: "deferred", fault: "ours", stage: "compose", reason });
  }
  assert.deepEqual(made.service.lines, []);
});

const OUTCOMES: readonly [
  answer: () => Response,
  outcome: string,
  stage: string,
  reason: RegExp,
][] = [
  [
    () => refusal(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
    "rejected",
    "recipient",
    /^SendGrid responded with status 400: personalizations\.0\.to\.0\.email: Does not contain/,
  ],
  [() => refusal(400, "The subject is required.", "subject"), "ours", "data", /400: subject: The/],
  [
    () => refusal(400, "Does not contain a valid address.", "personalizations.0.to.0.name"),
    "ours",
    "data",
    /400/,
  ],
  [
    () =>
      Response.json({
        errors: [
          { message: "a", field: "personalizations.0.to.0.email" },
          { message: "b", field: "content" },
        ],
      }, { status: 400 }),
    "ours",
    "data",
    /400: personalizations\.0\.to\.0\.email: a; content: b$/,
  ],
  [() => new Response("<html>", { status: 400 }), "ours", "data", /^SendGrid .* status 400$/],
  [
    () => refusal(401, "revoked", null),
    "ours",
    "auth",
    /401, the API key is not accepted: revoked$/,
  ],
  [
    () => refusal(403, "Sender", "from"),
    "ours",
    "auth",
    /403, the API key may not .*: from: Sender/,
  ],
  [() => refusal(404, "no", null), "ours", "data", /404: no$/],
  [() => refusal(413, "no", null), "ours", "data", /413, the email is too large: no$/],
  [() => refusal(429, "too many requests", null), "temporary", "data", /429: too many requests$/],
  [() => new Response(null, { status: 500 }), "temporary", "data", /500$/],
  [() => new Response(null, { status: 503 }), "temporary", "data", /503$/],
  // It was checked and not queued.
  [() => new Response(null, { status: 200 }), "ours", "data", /status 200$/],
  [
    () => new Response(null, { status: 307, headers: { location: "/elsewhere" } }),
    "ours",
    "data",
    /307$/,
  ],
  [
    () => refusal(400, `bob@example.org \u001b[31m\r\nx ${"long ".repeat(1000)}`, "x"),
    "ours",
    "data",
    /^SendGrid responded with status 400: x: <address> \[31m x long [^@\p{C}]{1,200}$/u,
  ],
];
for (const [answer, outcome, stage, reason] of OUTCOMES) {
  const { status } = answer();
  Deno.test(`SendGrid's status ${status} with ${reason} is ${outcome}`, async () => {
    await using made = open();
    made.service.scripted = answer;
    const receipt = await made.transport.send(message());
    assert.ok(receipt.kind !== "accepted");
    assert.equal(receipt.kind === "rejected" ? receipt.kind : receipt.fault, outcome);
    assert.equal(receipt.stage, stage);
    assert.match(receipt.reason, reason);
    assert.deepEqual(made.service.lines, ["POST /v3/mail/send"]);
  });
}

Deno.test("a mail that SendGrid accepted is accepted, whatever happens to the rest of its response", async () => {
  const cut = () => {
    const body = new ReadableStream({ pull: (stream) => stream.error(new Error("cut off")) });
    const headers = { "x-message-id": "a\tb" };
    return Promise.resolve(new Response(body, { status: 202, headers }));
  };
  const section = sendgridApiSection.parse({ key: API_KEY });
  await using transport = openSendgridTransport(section, { clock: new ManualClock(), fetch: cut });
  const receipt = await transport.send(message());
  assert.deepEqual(receipt, { kind: "accepted", response: "queued by SendGrid" });
});

Deno.test("SendGrid that cannot be reached is a temporary fault", async () => {
  await using made = open();
  await made.service.down();
  const receipt = await made.transport.send(message());
  assert.ok(receipt.kind === "deferred");
  assert.deepEqual([receipt.fault, receipt.stage], ["temporary", "connect"]);
  assert.match(receipt.reason, /^no connection \(/);
});

Deno.test("a request that SendGrid does not respond to ends after the timeout", async () => {
  await using made = open();
  const { reached } = made.service.stall();
  const sending = made.transport.send(message());
  await reached;
  made.clock.advance(30_000);
  assert.deepEqual(await sending, {
    kind: "deferred",
    fault: "temporary",
    stage: "data",
    reason: "no response within 30s",
    general: true,
  });
});

Deno.test("a mail to SendGrid is stopped by the signal, and by closing", async () => {
  await using made = open();
  const stop = new AbortController();
  const { reached } = made.service.stall();
  const sending = made.transport.send(message(), { signal: stop.signal });
  await reached;
  stop.abort();
  const stopped = await sending;
  assert.ok(stopped.kind === "deferred" && stopped.reason === "sending was stopped");

  const again = made.service.stall();
  const closing = made.transport.send(message());
  await again.reached;
  await made.transport[Symbol.asyncDispose]();
  assert.equal((await closing).kind, "deferred");
  assert.equal((await made.transport.send(message())).kind, "deferred");
  assert.equal(made.service.lines.length, 2);
  assert.equal(made.clock.sleepers, 0);
});

Deno.test("the check of SendGrid says what is wrong with the key", async () => {
  await using made = open();
  made.service.scopes = ["stats.read"];
  assert.deepEqual(await made.transport.check(), {
    stage: "auth",
    reason: "the API key lacks the permission Mail Send",
  });
  made.service.scripted = () => new Response("Hello");
  assert.equal((await made.transport.check())?.reason, "the response is not SendGrid's");
  await using wrong = open("SG.wrong");
  assert.match(
    (await wrong.transport.check())?.reason ?? "",
    /^SendGrid responded with status 401/,
  );
  await wrong.service.down();
  assert.equal((await wrong.transport.check())?.stage, "connect");
});

Deno.test("neither the key nor an address is in a log, a receipt or the dialogue", async () => {
  await using logs = await collectLogs();
  const lines: DialogueLine[] = [];
  await using made = open(API_KEY, (line) => void lines.push(line));
  const receipts: unknown[] = [await made.transport.send(message())];
  made.service.scripted = () => refusal(401, `${API_KEY} bob@example.org`, null);
  receipts.push(await made.transport.send(message()));
  await made.service.down();
  receipts.push(await made.transport.send(message()));
  const all = logs.text() + JSON.stringify([receipts, lines]);
  assert.ok(!all.includes(API_KEY) && !all.includes("bob@example.org"), all);
  assert.deepEqual(lines.slice(0, 2), [
    { from: "client", text: `POST ${made.service.url}/v3/mail/send` },
    { from: "server", text: "202" },
  ]);
});

Deno.test("the section of SendGrid has its defaults, and takes no key that breaks a header", () => {
  const { key, ...settings } = sendgridApiSection.parse({});
  assert.equal(key, undefined);
  assert.deepEqual(settings, { url: "https://api.sendgrid.com", timeout: 30_000 });
  const eu = sendgridApiSection.parse({ key: API_KEY, url: "https://api.eu.sendgrid.com/" });
  assert.ok(eu.key instanceof Secret);
  assert.equal(eu.url, "https://api.eu.sendgrid.com");
  for (
    const wrong of [{ key: "a b" }, { key: "ä" }, { timeout: "6m" }, { url: "x" }, { region: "" }]
  ) {
    assert.ok(!sendgridApiSection.safeParse(wrong).success, JSON.stringify(wrong));
  }
});
