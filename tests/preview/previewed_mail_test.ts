import assert from "node:assert/strict";
import { readMail } from "../../src/preview/previewed_mail.ts";

function mail(...parts: readonly string[]): Uint8Array {
  const header =
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/related; boundary="b"';
  const body = parts.map((part) => `--b\r\n${part}\r\n`).join("");
  return new TextEncoder().encode(`${header}\r\n\r\n${body}--b--\r\n`);
}

const HTML = 'Content-Type: text/html\r\n\r\n<img src="cid:one"><img src="cid:two">';

function picture(contentId: string, mediaType: string): string {
  return `Content-Type: ${mediaType}\r\nContent-ID: <${contentId}>\r\n` +
    "Content-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\nR0lG";
}

Deno.test("a mail is parsed into what a mail program shows, and what was sent", async () => {
  const bytes = mail("Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n");
  const { subject, text, html, header, source } = await readMail(bytes);
  assert.equal(subject, "Grüße");
  assert.equal(text.trim(), "Hello");
  assert.equal(html, "");
  assert.match(header, /^Subject: =\?utf-8\?q\?Gr=C3=BC=C3=9Fe\?=\nContent-Type: .*"b"$/);
  assert.equal(source, new TextDecoder().decode(bytes).replaceAll("\r\n", "\n"));
});

Deno.test("pictures of the mail are in its HTML, and nothing else that claims to be one", async () => {
  const { html } = await readMail(
    mail(HTML, picture("one", "image/gif"), picture("two", "image/svg+xml")),
  );
  assert.match(html, /<img src="data:image\/gif;base64,R0lG">/);
  assert.match(html, /<img src="cid:two">/);
});
