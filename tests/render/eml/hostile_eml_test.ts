import fc from "fast-check";
import assert from "node:assert/strict";
import { parseEml } from "../../../src/render/eml/renderer.ts";
import { neutralModel } from "../../../src/render/neutral_model.ts";
import { codePoint } from "../../fakes/text/code_point.ts";
import { runs } from "../../thorough.ts";
import { fill, fixture, model, named, structure } from "./filled_eml.ts";

const NASTY = [
  "%SENDER_ID%",
  "%ROOM_NAME%",
  "a\r\nBcc: victim@example.org\r\n\r\nbody",
  "=?utf-8?q?a?=",
  "?=",
  "--known-to-everybody--",
  "--inner",
  "--a.b+c",
  "=\n=20=",
  ".",
  "From x",
  "</b></body></html>",
  '"><script>',
  "\u0000\u001b[31m",
  "\ud83d",
  "\u202e",
  "日本",
  "😀".repeat(30),
];
const value = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: codePoint, maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 100 }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 4 }).map((parts) => parts.join("")),
);

const TEMPLATES = [
  ...["plain", "quoted_printable", "base64", "eight_bit", "attachment"],
  ...["mxisd_default", "plain_latin1", "alternative_qp", "html_base64", "nested_crlf", "outlook"]
    .map((name) => `legacy/${name}`),
];
for (const name of TEMPLATES) {
  Deno.test(`no value changes the structure of ${name}.eml`, async () => {
    const template = await fixture(name);
    const harmless = structure((await fill(template)).email);
    await fc.assert(
      fc.asyncProperty(value, value, value, fc.boolean(), async (id, sender, room, local) => {
        const hostile = model({
          inviter: { id, name: sender, server: id, local },
          room: { id, name: room, label: room, alias: "" },
        });
        const { source, email } = await fill(template, hostile);
        assert.deepEqual(structure(email), harmless);
        for (const line of source.split("\r\n")) assert.ok(line.length < 998);
        assert.doesNotMatch(email.subject ?? "", /\p{Cc}/u);
        assert.doesNotMatch(email.text ?? "", /[^\P{Cc}\n]/u);
      }),
      runs(30),
    );
  });
}

Deno.test("the subject says the value as it is shown, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(value, async (room) => {
      const { email } = await fill("Subject: [%ROOM_NAME%]\n\nx", named(room));
      const [shown] = neutralModel(named(room), "subject").invitations;
      assert.equal(email.subject, `[${shown?.room.name}]`);
    }),
    runs(30),
  );
});

Deno.test("a file of any bytes is a template or broken, and nothing is thrown", () => {
  const line = fc.constantFrom(
    "Subject: a",
    "Content-Type: multipart/mixed; boundary=b",
    "Content-Type: text/html; charset=utf-16",
    "Content-Transfer-Encoding: base64",
    "",
    "--b",
    "--b--",
    " ",
    "%ROOM_NAME%",
    "<a href='",
  );
  const text = fc.array(fc.oneof(line, fc.string({ unit: codePoint }))).map((all) =>
    all.join("\n")
  );
  const bytes = fc.oneof(fc.uint8Array(), text.map((source) => new TextEncoder().encode(source)));
  fc.assert(fc.property(bytes, (file) => {
    assert.ok(["template", "broken"].includes(parseEml(file).kind));
  }));
});
