import fc from "fast-check";
import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import type { Content, Message } from "../../../src/domain/message.ts";
import { composeMail } from "../../../src/mail/compose/compose.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { codePoint } from "../../fakes/text/code_point.ts";
import { runs } from "../../thorough.ts";

const OUR_FIELDS = [
  "from",
  "to",
  "date",
  "message-id",
  "auto-submitted",
  "x-auto-response-suppress",
];

async function compose(changes: Partial<Message> = {}) {
  const mail = await composeMail(message(changes));
  assert(mail.kind === "composed", JSON.stringify(mail));
  const raw = new TextDecoder("latin1").decode(mail.bytes);
  assert.match(raw, /^(?:[^\r\n]*\r\n)+$/);
  return { ...mail, raw, email: await PostalMime.parse(mail.bytes) };
}

async function refusal(changes: Partial<Message>): Promise<string | undefined> {
  const mail = await composeMail(message(changes));
  return mail.kind === "refused" ? mail.reason : undefined;
}

function mime(text: string): Content {
  return { kind: "mime", entity: new TextEncoder().encode(text) };
}

function parts(subject: string, text = "x", html = "y"): Content {
  return { kind: "parts", subject, text, html, inline: [] };
}

Deno.test("the return path is the envelope's sender, and the author stays", async () => {
  const sender = address("bounce+abc@bounces.example.org");
  const { from, email } = await compose({ returnPath: { token: "abc", address: sender } });
  assert.equal(from, sender);
  assert.equal(email.from?.address, "matrix@example.org");
  const usual = await compose({ returnPath: { token: "abc" } });
  assert.equal(usual.from, "matrix@example.org");
  const wrong = { token: "abc", address: address("a@b\r\nRCPT TO:<c@d>") };
  assert.equal(await refusal({ returnPath: wrong }), "the envelope sender is invalid");
});

Deno.test("parts become alternatives, pictures stand beside the HTML that shows them", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  const { raw, email } = await compose({
    content: {
      kind: "parts",
      subject: "R&D: „Pläne“",
      text: "Hallo\n",
      html: '<img src="cid:logo@x">',
      inline: [{ contentId: "logo@x", mediaType: "image/png", bytes }],
    },
  });
  const types = [...raw.matchAll(/^Content-Type: ([a-z/]+)/gm)].map((match) => match[1]);
  assert.deepEqual(types, [
    "multipart/alternative",
    "text/plain",
    "multipart/related",
    "text/html",
    "image/png",
  ]);
  assert.equal(email.subject, "R&D: „Pläne“");
  assert.equal(email.text?.trimEnd(), "Hallo");
  assert.deepEqual(new Uint8Array(email.attachments[0]?.content as ArrayBuffer), bytes);
  assert.equal(email.attachments[0]?.disposition, "inline");
});

Deno.test("the fields of every mail are there once, with the time in UTC", async () => {
  const { raw, email } = await compose();
  const names = email.headers.map(({ key }) => key);
  for (const name of [...OUR_FIELDS, "subject", "mime-version", "content-type"]) {
    assert.equal(names.filter((other) => other === name).length, 1, name);
  }
  assert.match(raw, /^Date: Wed, 01 Jul 2026 08:30:05 \+0000\r\n/m);
  assert.match(raw, /^Message-ID: <3f2a9c@example\.org>\r\n/m);
});

Deno.test("an entity keeps its fields and its bytes; sender and recipient are ours", async () => {
  const entity =
    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\nFrom: eve@evil.example\nto: a@evil.example\n" +
    "Cc: b@evil.example\nBCC: c@evil.example,\n d@evil.example\nSender: e@evil.example\n" +
    "Reply-To: f@evil.example\nReturn-Path: <g@evil.example>\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n" +
    "Message-Id: <h@evil.example>\nResent-From: i@evil.example\nResent-Bcc: j@evil.example\n" +
    "Received: from evil.example\nDKIM-Signature: v=1\nAuto-Submitted: no\nX-List: kept\n" +
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr";
  const bytes = new Uint8Array([...new TextEncoder().encode(entity), 0xFC, 0xDF, 101, 10]);
  const { raw, email, eightBit } = await compose({ content: { kind: "mime", entity: bytes } });
  assert.doesNotMatch(raw, /evil/);
  assert.equal(email.subject, "Grüße");
  assert.equal(email.text?.trimEnd(), "Grüße");
  assert.equal(email.messageId, "<3f2a9c@example.org>");
  const fields = Object.fromEntries(email.headers.map(({ key, value }) => [key, value]));
  assert.equal(fields["auto-submitted"], "auto-generated");
  assert.equal(fields["x-list"], "kept");
  assert.equal(fields["mime-version"], "1.0");
  assert.equal(email.headers.filter(({ key }) => OUR_FIELDS.includes(key)).length, 6);
  assert(eightBit);
});

Deno.test("a header field given for this mail takes the place of the entity's", async () => {
  const { raw } = await compose({
    headers: { "List-Id": "<ours.example.org>", "Reply-To": "help@example.org" },
    content: mime("List-ID: <theirs.example.org>\nReply-To: x@evil.example\nSubject: x\n\nx"),
  });
  assert.doesNotMatch(raw, /theirs|evil/);
  assert.match(raw, /^List-I[Dd]: <ours\.example\.org>\r\n/m);
  assert.match(raw, /^Reply-To: help@example\.org\r\n/m);
});

Deno.test("a broken entity is refused, not repaired", async () => {
  assert.equal(
    await refusal({ content: mime("no header\n\nx") }),
    "the content's header is broken",
  );
  assert.equal(await refusal({ content: mime("A: x\0\n\nx") }), "the content's header is broken");
});

Deno.test("a line break or another control in a header value or the subject is refused", async () => {
  for (const control of ["\r\n", "\n", "\r", "\0", "\x07", "\x1b", "\x7f", "\x85", "\u2028"]) {
    const hostile = `a${control}Bcc: eve@evil.example`;
    assert.match(
      await refusal({ headers: { "X-Note": hostile } }) ?? "",
      /^the header field X-Note/,
    );
    assert.equal(await refusal({ content: parts(hostile) }), "the subject cannot be written");
  }
});

Deno.test("what is harmful in a name from a directory is removed, and the mail is sent anyway", async () => {
  for (
    const [name, shown] of [
      ["Bob\r\nBcc: eve@evil.example", "Bob Bcc: eve@evil.example"],
      ["Bob\0\x1b[31m", "Bob[31m"],
      ['Bob" <eve@evil.example>, "', 'Bob" <eve@evil.example>, "'],
      ["Bob, Eve", "Bob, Eve"],
      ["=?UTF-8?Q?=0D=0ABcc:_eve@evil.example?=", undefined],
      ["\u202Egro.elpmaxe@bob", "gro.elpmaxe@bob"],
      ["\uD800", "\uFFFD"],
      ["\n", ""],
    ] as const
  ) {
    const { email, to } = await compose({ to: { name, address: address("bob@example.org") } });
    assert.equal(to, "bob@example.org");
    assert.equal(email.to?.length, 1);
    assert.equal(email.to?.[0]?.address, "bob@example.org");
    assert.equal(email.bcc, undefined);
    if (shown !== undefined) assert.equal(email.to?.[0]?.name, shown);
  }
});

Deno.test("header fields with invalid names, and those that are set here, are refused", async () => {
  for (
    const name of [
      "",
      "X Y",
      "X:Y",
      "X\r\nBcc",
      "Übel",
      "bcc",
      "From",
      "TO",
      "Sender",
      "Date",
      "message-id",
      "Received",
      "Resent-To",
      "DKIM-Signature",
      "Subject",
      "Content-Type",
      "content-transfer-encoding",
      "MIME-Version",
      "auto-submitted",
    ]
  ) assert.match(await refusal({ headers: { [name]: "x" } }) ?? "", /^the header field/, name);
  assert.equal(await refusal({ headers: { "Reply-To": "help@example.org" } }), undefined);
  assert.equal(await refusal({ headers: { "Content-Language": "de" } }), undefined);
  assert.match(await refusal({ headers: { "X-A": "1", "x-a": "2" } }) ?? "", /must not be set/);
});

Deno.test("addresses are checked again, whatever their type says", async () => {
  for (
    const hostile of ["bob@example.org\r\nRCPT TO:<eve@evil.example>", "a@b,c@d", "a b@c", "x"]
  ) {
    const mailbox = { name: "", address: address(hostile) };
    assert.equal(await refusal({ to: mailbox }), "the recipient's address is invalid");
    assert.equal(await refusal({ from: mailbox }), "the sender's address is invalid");
  }
});

Deno.test("an invalid Message-ID and an invalid date are refused; a domain becomes ASCII", async () => {
  for (
    const id of ["", "x@y", "<x>", "<@y>", "<x@>", "<x@y>\r\nBcc: z", "<x y@z>", "<ü@y>", "<a@b@c>"]
  ) assert.equal(await refusal({ messageId: id }), "the Message-ID is invalid", id);
  assert.equal(
    (await compose({ messageId: "<x@exämple.org>" })).email.messageId,
    "<x@xn--exmple-cua.org>",
  );
  for (const date of [NaN, -1, Infinity, 1e15]) {
    assert.equal(await refusal({ date }), "the date is invalid");
  }
});

Deno.test("inline files cannot write fields of their own", async () => {
  for (
    const [contentId, mediaType] of [
      ["a>\r\nX: y", "image/png"],
      ["a b", "image/png"],
      ["", "image/png"],
      ["a", "image/png\r\nX: y"],
      ["a", "image/png; name=x"],
      ["a", "png"],
    ] as const
  ) {
    const inline = [{ contentId, mediaType, bytes: new Uint8Array() }];
    const content = { ...parts("x"), inline } as Content;
    assert.equal(await refusal({ content }), "an inline file's name or type is invalid");
  }
});

Deno.test("only an address that needs SMTPUTF8 makes the header more than ASCII", async () => {
  const plain = await compose({
    to: { name: "Bøb \u{1F642}", address: address("bob@exämple.org") },
    content: parts("Grüße \u{1F642}", "Grüße", "<p>Grüße</p>"),
  });
  assert.deepEqual([plain.utf8, plain.eightBit], [false, false]);
  const utf8 = await compose({ to: { name: "", address: address("bøb@exämple.org") } });
  assert.deepEqual([utf8.utf8, utf8.to], [true, "bøb@xn--exmple-cua.org"]);
  assert.equal(utf8.email.to?.[0]?.address, "bøb@exämple.org");
});

Deno.test("text that looks encoded stays the text it is", async () => {
  for (
    const text of [
      "=?UTF-8?Q?evil=0D=0ABcc:_eve@evil.example?=",
      "=?utf-8?b?ZXZpbA==?=",
      "Plans =?UTF-8?Q?evil?= for ü =?UTF-8*en?q?evil?=",
    ]
  ) {
    const name = text;
    const { email } = await compose({
      to: { name, address: address("bob@example.org") },
      content: parts(text),
    });
    assert.equal(email.subject?.replaceAll("\u2060", ""), text);
    assert.equal(email.to?.[0]?.name.replaceAll("\u2060", ""), text);
    assert.equal(email.to?.length, 1);
  }
});

Deno.test("a value begins on the line of its name, however long it is", async () => {
  const link = `<https://example.org/${"x".repeat(200)}>`;
  const { raw } = await compose({ headers: { "List-Unsubscribe": link } });
  assert.ok(raw.includes(`\r\nList-Unsubscribe: ${link}\r\n`));
});

Deno.test("long values are folded, and what cannot be folded short enough is refused", async () => {
  const ids = Array.from({ length: 40 }, (_, at) => `<reference-${at}@example.org>`).join(" ");
  const { raw } = await compose({ headers: { "References": ids } });
  const [header = ""] = raw.split("\r\n\r\n");
  assert(header.split("\r\n").every((line) => line.length <= 80));
  assert.match(await refusal({ headers: { "X-Long": "x".repeat(2000) } }) ?? "", /X-Long/);
});

Deno.test("whatever stands in names, subject and texts, the mail has the same structure", async () => {
  const anything = fc.string({ unit: codePoint, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(anything, anything, anything, anything, async (name, subject, text, html) => {
      const mail = await composeMail(message({
        to: { name, address: address("bob@example.org") },
        headers: { "X-Note": subject },
        content: parts(subject, `t${text}`, `h${html}`),
      }));
      if (mail.kind === "refused") return;
      const email = await PostalMime.parse(mail.bytes);
      assert.deepEqual(
        email.headers.map(({ key }) => key).sort(),
        [...OUR_FIELDS, "content-type", "mime-version", "subject", "x-note"].sort(),
      );
      assert.deepEqual(email.to?.map((to) => to.address), ["bob@example.org"]);
      assert.equal(email.attachments.length, 0);
    }),
    runs(60),
  );
});

Deno.test("each part has the encoding that is short and that no server changes", async () => {
  const long = "x".repeat(77);
  for (
    const [text, encoding] of [
      ["x", "7bit"],
      ["Hello\n\n\tBob,\n", "7bit"],
      [`${"x".repeat(76)}\n`, "7bit"],
      [long, "quoted-printable"],
      ["-- \nx", "quoted-printable"],
      ["From here\n", "quoted-printable"],
      ["a\x00b", "quoted-printable"],
      ["Grüße aus der Mitte", "quoted-printable"],
      ["Привіт, Богдане!", "base64"],
      ["\u{1F642}".repeat(50), "base64"],
      ["a \uD800 alone among letters", "quoted-printable"],
    ] as const
  ) {
    for (
      const [content, subtype] of [[parts("x", text), "plain"], [
        parts("x", "x", text),
        "html",
      ]] as const
    ) {
      const { raw, email } = await compose({ content });
      const [, found] = new RegExp(
        `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ([^\r]*)\r\n`,
      ).exec(raw) ?? [];
      assert.equal(found, encoding, text);
      const shown = subtype === "plain" ? email.text : email.html;
      assert.equal(shown?.trimEnd(), text.toWellFormed().trimEnd());
      assert.match(raw, /^(?:[\x20-\x7e\t]{0,80}\r\n)+$/);
    }
  }
});

Deno.test("line breaks of all systems are line breaks of the mail", async () => {
  const { raw } = await compose({ content: parts("x", "a\rb\r\nc\nd") });
  assert.ok(raw.includes("\r\n\r\na\r\nb\r\nc\r\nd\r\n--"));
});

Deno.test("no text can end its part", async () => {
  const first = await compose({ content: parts("x", "x\n") });
  const [boundary = ""] = /=_[^"]+/.exec(first.raw) ?? [];
  const { raw } = await compose({ content: parts("x", `--${boundary}\n--${boundary}--\n`) });
  assert.notEqual(/=_[^"]+/.exec(raw)?.[0], boundary);
  assert.equal(raw.match(/^Content-Type: text/gm)?.length, 2);
});

Deno.test("without HTML, the text is the only part", async () => {
  const { raw, email } = await compose({ content: parts("x", "Grüße", "") });
  assert.deepEqual(raw.match(/^Content-Type: .*/gm), ["Content-Type: text/plain; charset=utf-8"]);
  assert.equal(email.text?.trimEnd(), "Grüße");
});
