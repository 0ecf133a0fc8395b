import fc from "fast-check";
import assert from "node:assert/strict";
import type { EmailAddress } from "../../../src/domain/email_address.ts";
import {
  openPlaceholderRenderer,
  parseTemplateFile,
  subjectWarnings,
} from "../../../src/render/eml/placeholder_files.ts";
import { neutralModel } from "../../../src/render/neutral_model.ts";
import type { MailModel } from "../../../src/render/port.ts";
import { codePoint } from "../../fakes/text/code_point.ts";
import { runs } from "../../thorough.ts";
import { model, named } from "./filled_eml.ts";

interface Files {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
}

/** The mail that SendGrid is given. */
async function fill({ subject = "Hello", text, html }: Files, mail: MailModel = model()) {
  const renderer = openPlaceholderRenderer({
    domain: "example.ORG",
    from: { name: "The team", address: "matrix@example.org" as EmailAddress },
    registerUrl: "https://chat.example.org",
    template: {
      subject,
      text: text === undefined ? undefined : pieces(text, false),
      html: html === undefined ? undefined : pieces(html, true),
    },
  });
  const content = await renderer.render(mail);
  assert.ok(content.kind === "parts");
  return content;
}

function pieces(source: string, html: boolean) {
  const parsed = parseTemplateFile(new TextEncoder().encode(source), html);
  assert.ok(parsed.kind === "template", JSON.stringify(parsed));
  return parsed.template;
}

Deno.test("SendGrid's templates are filled, each part in its own way", async () => {
  const source = "%SENDER_NAME% (%SENDER_ID%), %ROOM_NAME%, %DOMAIN_PRETTY%, %REGISTER_URL%\n";
  const mail = await fill(
    { subject: "%SENDER_NAME_OR_ID%: %ROOM_NAME%", text: source, html: `<p>${source}</p>` },
    named("R&D <b>"),
  );
  const rest = "Example.org, https://chat.example.org\n";
  assert.deepEqual(mail, {
    kind: "parts",
    subject: "Alice: R&D <b>",
    text: `Alice (@alice:example.org), R&D <b>, ${rest}`,
    html: `<p>Alice (@alice:example.org), R&amp;D &lt;b&gt;, ${rest}</p>`,
    inline: [],
  });
});

Deno.test("SendGrid's template may have one part alone", async () => {
  assert.deepEqual([(await fill({ text: "a" })).html, (await fill({ html: "a" })).text], ["", ""]);
});

Deno.test("a value in SendGrid's templates is never expanded again", async () => {
  const part = "%ROOM_NAME%";
  const mail = await fill({ subject: part, text: part, html: part }, named("%SENDER_ID%"));
  assert.deepEqual([mail.subject, mail.text, mail.html], Array(3).fill("%SENDER_ID%"));
});

Deno.test("an empty subject in SendGrid's templates becomes the inviter's name", async () => {
  const mail = await fill({ subject: " %ROOM_NAME% ", text: "x" }, named(""));
  assert.equal(mail.subject, "Alice");
});

Deno.test("a byte order mark and line ends of SendGrid's templates make no difference", async () => {
  const mail = await fill({ text: "\uFEFFa\r\nb\rc\n", html: "\uFEFF<p>\r\n" });
  assert.deepEqual([mail.text, mail.html], ["a\nb\nc\n", "<p>\n"]);
});

Deno.test("HTML for SendGrid declares UTF-8 where it declares another character set", async () => {
  const { html } = await fill({ html: '<meta charset="iso-8859-1"><p>Grüße %ROOM_NAME%</p>' });
  assert.equal(html, '<meta charset="utf-8"><p>Grüße Plans</p>');
});

const BROKEN: readonly [name: string, bytes: readonly number[], line: number, message: RegExp][] = [
  ["nothing", [], 1, /is empty/],
  ["a byte order mark alone", [0xEF, 0xBB, 0xBF], 1, /is empty/],
  ["blanks", [32, 10, 10], 1, /is empty/],
  ["ISO-8859-1", [...bytes("a\nGr"), 0xFC, ...bytes("n\n")], 2, /not text in UTF-8: save the file/],
  ["a character cut off at a line's end", [...bytes("a\n"), 0xC3, 10, 0xA4], 2, /UTF-8/],
  ["UTF-16", [0x61, 0, 10, 0], 1, /UTF-8/],
  ["UTF-16 with a byte order mark", [0xFF, 0xFE, 0x61, 0], 1, /UTF-8/],
];
for (const [name, content, line, message] of BROKEN) {
  Deno.test(`a template for SendGrid of ${name} is broken, and the line is reported`, () => {
    const parsed = parseTemplateFile(Uint8Array.from(content), false);
    assert.ok(parsed.kind === "broken");
    assert.equal(parsed.problems[0]?.line, line);
    assert.match(parsed.problems[0]?.message ?? "", message);
  });
}

Deno.test("a template for SendGrid that is too large is broken", () => {
  assert.equal(parseTemplateFile(new Uint8Array(10 * 2 ** 20 + 1), true).kind, "broken");
});

Deno.test("possible mistakes in SendGrid's templates are warnings, with their lines", () => {
  const source = 'a\n%ROOM_NAM%\n<a href="%ROOM_ID%">\n';
  const parsed = parseTemplateFile(new TextEncoder().encode(source), true);
  assert.deepEqual(parsed.kind === "template" && parsed.warnings, [
    { line: 2, message: "%ROOM_NAM% is not a placeholder and is not replaced" },
    { line: 3, message: '%ROOM_ID% must not decide where a link leads: "invalid" takes its place' },
  ]);
  assert.deepEqual(subjectWarnings("%NAME% 100%"), [
    "%NAME% is not a placeholder and is not replaced",
  ]);
});

Deno.test("no value escapes its context in SendGrid's templates", async () => {
  const value = fc.oneof(
    fc.constantFrom(
      '"><script>',
      "www.evil.example",
      "a\r\nBcc: b@c",
      "%SENDER_ID%",
      "<!--",
      "\u0000\u001b[31m",
    ),
    fc.string({ unit: codePoint, maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 100 }),
  );
  await fc.assert(
    fc.asyncProperty(value, async (room) => {
      const hostile = named(room);
      const [shown] = neutralModel(hostile, "text").invitations;
      const [inSubject] = neutralModel(hostile, "subject").invitations;
      const place = '[%ROOM_NAME%]<a title="%ROOM_NAME%" href="https://e.org/%ROOM_NAME%/">';
      const mail = await fill(
        { subject: "[%ROOM_NAME%]", text: "[%ROOM_NAME%]\n", html: place },
        hostile,
      );
      assert.equal(mail.subject, `[${inSubject?.room.name}]`);
      assert.equal(mail.text, `[${shown?.room.name}]\n`);
      // The brackets, tags of ours, and nothing else that opens or closes anything.
      assert.match(
        mail.html,
        /^\[(?:<span>[^<>"']+<\/span>|[^<>"'])*\]<a title="[^<>"'\s]*" href="https:\/\/e\.org\/[A-Za-z0-9%._~!-]*\/">$/u,
      );
    }),
    runs(200),
  );
});

function bytes(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
