import fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import PostalMime from "postal-mime";
import { sevenBit } from "../../../src/mail/compose/seven_bit.ts";
import { fromBytes, toBytes } from "../../../src/mime/bytes.ts";
import { entityBytes, parseEntityBytes, writeEntity } from "../../../src/mime/entity.ts";
import { runs } from "../../thorough.ts";

/** The entity, a character per octet, without octets beyond ASCII. */
function converted(text: string): string {
  const entity = parseEntityBytes(toBytes(text));
  assert.ok(entity);
  const { fields, body } = sevenBit(entity);
  return fromBytes(entityBytes(writeEntity(fields.map(({ source }) => source), body)));
}

const utf8 = (text: string) => Buffer.from(text).toString("latin1");
const parsed = (raw: string) => PostalMime.parse(Buffer.from(raw, "latin1"));

Deno.test("what is ASCII in short lines stays as it is", () => {
  for (
    const entity of [
      "Subject: x\r\n\r\nHello\r\n",
      'Content-Type: multipart/mixed; boundary="a.b"\r\n\r\n--a.b\r\n\r\none\r\n--a.b--\r\nafter\r\n',
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC=\r\n\r\n",
    ]
  ) assert.equal(converted(entity), entity);
});

Deno.test("a part that is labelled 8bit and is not is relabelled", () => {
  const raw = converted("Content-Transfer-Encoding: 8BIT\r\n\r\nHello\r\n");
  assert.equal(raw, "Content-Transfer-Encoding: 7bit\r\n\r\nHello\r\n");
});

Deno.test("parts of all kinds come out as they were, in ASCII", async () => {
  const picture = Uint8Array.from({ length: 256 }, (_, at) => at === 0 || at === 13 ? 65 : at);
  const long = "wide ".repeat(300).trim();
  const entity = [
    'Content-Type: multipart/mixed;\r\n boundary="out(1)+"\r\nContent-Transfer-Encoding: 8bit\r\n',
    utf8("Vorspann für niemanden"),
    "--out(1)+",
    "Content-Type: multipart/alternative; boundary=in\r\n",
    "--in",
    "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
    "Gr\xFC\xDFe ",
    long,
    "--in ",
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    `<p>${utf8("ü")}=C3=BC</p>`,
    "--in--",
    "--out(1)+",
    "Content-Type: image/gif\r\nContent-Transfer-Encoding: binary\r\n",
    Buffer.from(picture).toString("latin1").replace("\n", "\r\n"),
    "--out(1)+",
    "Content-Type: message/rfc822\r\n",
    `Subject: inside\r\n\r\n${utf8("Später")}`,
    "--out(1)+--",
    utf8("Nachspann für niemanden"),
    "",
  ].join("\r\n");
  const raw = converted(entity);
  assert.doesNotMatch(raw, /[\x80-\xFF]|[^\r\n]{999}/);
  const [before, after] = [await parsed(entity), await parsed(raw)];
  assert.equal(after.text, before.text);
  assert.ok(after.text?.includes("Grüße") && after.text.includes(long));
  assert.equal(after.html, before.html);
  assert.ok(after.html?.includes("üü"));
  assert.equal(after.attachments.length, before.attachments.length);
  const [gif] = after.attachments;
  assert.deepEqual(
    new Uint8Array(gif?.content as ArrayBuffer).filter((octet) => octet > 0x7F),
    picture.slice(128),
  );
  assert.match(raw, /Sp=C3=A4ter/);
});

Deno.test("any text in any charset's octets survives", async () => {
  const octets = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 2000,
  });
  await fc.assert(
    fc.asyncProperty(octets, async (text) => {
      const body = text.replace(/\r\n?|\n/g, "\r\n");
      const type = "Content-Type: text/plain; charset=iso-8859-1\r\n";
      const entity = `${type}Content-Transfer-Encoding: 8bit\r\n\r\n${body}\r\n`;
      const raw = converted(entity);
      assert.doesNotMatch(raw, /[\x80-\xFF]|[^\r\n]{999}/);
      assert.equal((await parsed(raw)).text, (await parsed(entity)).text);
    }),
    runs(200),
  );
});
