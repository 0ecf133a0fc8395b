import assert from "node:assert/strict";
import { toBytes } from "../../../src/mime/bytes.ts";
import { parseEml } from "../../../src/render/eml/renderer.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { fill, fixture, model, named, structure } from "./filled_eml.ts";

Deno.test("all placeholders are replaced in subject, text and HTML", async () => {
  const { email, warnings } = await fill(await fixture("plain"));
  assert.deepEqual(warnings, []);
  assert.equal(email.subject, "Alice invited you to Plans");
  assert.equal(
    email.text?.trim(),
    [
      "Dear @bob:example.org,",
      "",
      "Alice (@alice:example.org) invited you to:",
      "Plans",
      "",
      "https://matrix.to/#/!plans%3Aexample.org",
      "https://example.org?mail=bob%40example.org",
      "",
      "-- ",
      "The team <matrix@example.org>, Example.org",
    ].join("\n"),
  );
  assert.match(email.html ?? "", /<p title="Plans">Alice invited you to <b>Plans<\/b>\.<\/p>/);
  assert.match(email.html ?? "", /href="https:\/\/matrix\.to\/#\/!plans%3Aexample\.org"/);
  assert.match(email.html ?? "", /href="https:\/\/example\.org"/);
  assert.match(email.html ?? "", /<p>email: bob@example\.org, email<\/p>/);
  assert.match(email.html ?? "", /100%%/);
  assert.doesNotMatch(`${email.subject}${email.text}${email.html}`, /%[A-Z_]+%/);
});

Deno.test("what is set at sending is not in the message, and what describes it is", async () => {
  const { source } = await fill(await fixture("quoted_printable"));
  const header = source.slice(0, source.indexOf("\r\n\r\n"));
  assert.deepEqual(
    [...header.matchAll(/^([\w-]+):/gm)].map(([, name]) => name).sort(),
    ["Content-Transfer-Encoding", "Content-Type", "MIME-Version", "Subject"],
  );
});

Deno.test("an encoded, folded subject and a placeholder over two lines are filled", async () => {
  const { email, source } = await fill(await fixture("quoted_printable"));
  assert.equal(email.subject, "Grüße von Alice: Über Plans");
  assert.equal(email.text, "Grüße von Alice, Raum Plans, schön.\n");
  assert.match(source, /charset=iso-8859-1/);
});

Deno.test("a value that a part's character set lacks makes the part UTF-8", async () => {
  for (const name of ["日本", "Δ", "€", "😀"]) {
    const { email, source } = await fill(await fixture("quoted_printable"), named(name));
    assert.equal(email.subject, `Grüße von Alice: Über ${name}`);
    assert.equal(email.text, `Grüße von Alice, Raum ${name}, schön.\n`);
    assert.match(source, /charset=UTF-8/);
  }
});

Deno.test("a base64 part is filled, and the character set that its HTML declares is right", async () => {
  const latin = await fill(await fixture("base64"), named("Café"));
  assert.match(latin.email.html ?? "", /charset=iso-8859-1[^]*Grüße: Café</);
  const { email, source } = await fill(await fixture("base64"), named("日本"));
  assert.equal(email.subject, "日本");
  assert.match(email.html ?? "", /charset=utf-8[^]*Grüße: 日本</);
  assert.match(source, /Content-Transfer-Encoding: base64/);
});

Deno.test("a part without a charset is UTF-8 when its bytes are", async () => {
  const { email, source } = await fill(await fixture("eight_bit"));
  assert.equal(email.text, "Grüße an @bob:example.org von Alice\n");
  assert.equal(email.subject, "Grüße");
  assert.match(source, /^Content-Type: text\/plain; charset=UTF-8\r$/m);
  assert.match(source, /^[\t\r\n\x20-\x7E]*$/);
});

Deno.test("an attachment is unchanged, its description is filled", async () => {
  const { email, source } = await fill(await fixture("attachment"), named("日本"));
  assert.equal(email.text, "Hello, Alice.\n");
  const [attachment] = email.attachments;
  assert.equal(attachment?.filename, "rules.txt");
  assert.equal(
    new TextDecoder().decode(attachment?.content as ArrayBuffer),
    "%SENDER_NAME% stays.\n",
  );
  assert.match(source, /^Content-Description: The rules of example\.ORG\r$/m);
});

Deno.test("line ends make no difference", async () => {
  const unix = new TextDecoder().decode(await fixture("plain"));
  assert.equal((await fill(unix)).source, (await fill(unix.replaceAll("\n", "\r\n"))).source);
  assert.equal((await fill(unix)).source, (await fill(`\uFEFF${unix}`)).source);
});

Deno.test("a value is never expanded again", async () => {
  const { email } = await fill(await fixture("plain"), named("%SENDER_ID%"));
  assert.equal(email.subject, "Alice invited you to %SENDER_ID%");
  assert.match(email.text ?? "", /^%SENDER_ID%$/m);
  assert.match(email.html ?? "", /<b>%SENDER_ID%<\/b>/);
});

Deno.test("a percent sign before a placeholder takes nothing of it", async () => {
  const { email } = await fill("Subject: 100%%ROOM_NAME% %A%ROOM_NAME%\n\n%room_name% %%\n");
  assert.equal(email.subject, "100%Plans %APlans");
  assert.equal(email.text, "%room_name% %%\n");
});

Deno.test("HTML in a value is text, between tags and inside them", async () => {
  const { email } = await fill(await fixture("plain"), named("\"><b>R&D</b> '"));
  assert.match(email.html ?? "", /<b>&quot;&gt;&lt;b&gt;R&amp;D&lt;\/b&gt; &#39;<\/b>/);
  assert.match(email.html ?? "", /<p title="&#34;&#62;&#60;b&#62;R&#38;D/);
  assert.match(email.text ?? "", /^"><b>R&D<\/b> '$/m);
});

Deno.test("a name that is a boundary ends no part", async () => {
  const harmless = structure((await fill(await fixture("plain"))).email);
  for (const name of ["--known-to-everybody--", "--known-to-everybody", "--inner--"]) {
    const { email } = await fill(await fixture("plain"), named(name));
    assert.deepEqual(structure(email), harmless);
    assert.ok(email.text?.includes(`\n${name}\n`));
  }
});

Deno.test("a value that makes a line too long for mail servers changes the line's encoding", async () => {
  const start = "word ".repeat(180);
  const { email, source } = await fill(`Subject: x\n\n${start}%ROOM_NAME%\n`, named("Plans"));
  assert.equal(email.text, `${start}Plans\n`);
  assert.ok(source.split("\r\n").every((line) => line.length <= 76));
});

Deno.test("an inviter from another server is named with the server", async () => {
  const inviter = { name: "Alice", id: "@a:evil.example", server: "evil.example", local: false };
  const { email } = await fill(await fixture("plain"), model({ inviter }));
  assert.equal(email.subject, "Alice (evil.example) invited you to Plans");
});

Deno.test("what is unknown is an ID, or empty", async () => {
  const { email } = await fill(
    await fixture("plain"),
    model({ inviter: { name: "" }, room: { name: "", label: "", alias: "" } }),
  );
  assert.equal(email.subject, "@alice:example.org invited you to !plans:example.org");
  assert.match(email.text ?? "", /^ \(@alice:example\.org\) invited you to:$/m);
});

Deno.test("of several invitations the first is shown", async () => {
  const { email } = await fill(await fixture("plain"), SAMPLES.several);
  assert.equal(email.subject, "Alice invited you to Plans");
});

function html(body: string): string {
  return `Subject: x\nContent-Type: text/html\n\n${body}\n`;
}

const PLACES: readonly [body: string, room: string, filled: string][] = [
  ['<a href="%ROOM_NAME%">', "javascript:alert(1)", '<a href="invalid">'],
  ['<a href="https://%ROOM_NAME%/x">', "evil.example", '<a href="https://invalid/x">'],
  ["<a href=https://x.example/%ROOM_NAME%>", "a b>c", "<a href=https://x.example/a%20b%3Ec>"],
  ['<a href="https://x.example/a/%ROOM_NAME%/b">', "..", '<a href="https://x.example/a//b">'],
  ['<a href="mailto:x@example.org?subject=%ROOM_NAME%">', "a&bcc=b", "subject=a%26bcc%3Db"],
  ['<a href="https://%DOMAIN%/%ROOM_NAME%">', "/@", '<a href="https://example.ORG/%2F%40">'],
  ["<p title=%ROOM_NAME%>", "a onclick=b", "<p title=a&#32;onclick&#61;b>"],
  ["<script>x = '%ROOM_NAME%'</script>", "\\'</script>", "'&#92;&#39;&#60;&#47;script&#62;'"],
  ["<!-- %ROOM_NAME% -->", "--> <b>", "<!-- &#45;&#45;&#62;&#32;&#60;b&#62; -->"],
  ['<p data-x=">">%ROOM_NAME%</p>', "<b>", '<p data-x=">">&lt;b&gt;</p>'],
  ["https://x.example/?r=%ROOM_NAME%", "a.b&c", "https://x.example/?r=a.b%26c"],
  [
    "see %ROOM_NAME%",
    "http://evil.example",
    "see http<span>://</span>evil<span>.</span>example",
  ],
  ["<p title=%ROOM_NAME%>", "http://evil.example", "<p title=http&#58;&#47;&#47;evil&#46;example>"],
];
for (const [body, room, filled] of PLACES) {
  Deno.test(`a room called ${JSON.stringify(room)} in ${body} is harmless`, async () => {
    const { email } = await fill(html(body), named(room));
    assert.ok(email.html?.includes(filled), email.html ?? "no HTML");
  });
}

const BROKEN: readonly [name: string, template: string, line: number, message: RegExp][] = [
  ["an empty file", "", 1, /no Subject/],
  ["no subject", "MIME-Version: 1.0\n\nx", 1, /no Subject/],
  ["a body at once", "\nHello\n", 1, /no Subject/],
  ["prose", "Hello Bob,\n\nx", 1, /instead of "Hello Bob,"/],
  ["a line between fields", "Subject: a\nHello\n\nx", 2, /header field/],
  ["no boundary", "Subject: a\nContent-Type: multipart/mixed\n\nx", 2, /needs a boundary/],
  [
    "no part",
    'Subject: a\nX: y\n z\nContent-Type: multipart/mixed;\n boundary="b"\n\nx',
    4,
    /"--b"/,
  ],
  [
    "an inner part without a boundary",
    "Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/x\n\nx\n--b--",
    5,
    /needs a boundary/,
  ],
  ["an unknown encoding", "Subject: a\nContent-Transfer-Encoding: uuencode\n\nx", 2, /write 7bit/],
  ["no base64", "Subject: a\nContent-Transfer-Encoding: base64\n\n%%%", 2, /not base64/],
  ["an unknown charset", "Subject: a\nContent-Type: text/plain; charset=x\n\nx", 2, /charset/],
];
for (const [name, template, line, message] of BROKEN) {
  Deno.test(`${name} makes a template broken, and the line is reported`, () => {
    const parsed = parseEml(new TextEncoder().encode(template));
    assert.ok(parsed.kind === "broken");
    assert.equal(parsed.problems[0]?.line, line);
    assert.match(parsed.problems[0]?.message ?? "", message);
  });
}

Deno.test("multiparts inside one another have an end", () => {
  const parts = Array.from({ length: 2000 }, (_, at) => {
    return `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`;
  });
  const parsed = parseEml(toBytes(`Subject: a\n${parts.join("")}`));
  assert.ok(parsed.kind === "broken");
  assert.match(parsed.problems[0]?.message ?? "", /nested/);
});

Deno.test("possible mistakes in a template are warnings", async () => {
  const { warnings, email } = await fill(
    "Subject: %ROOM_NAM%\nContent-Type: text/html; name=%DOMAIN%\n\n" +
      'one\n%NAME%\n<a href="%ROOM_ID%">\n100% OF 50%\n',
  );
  assert.deepEqual(warnings, [
    { line: 1, message: "%ROOM_NAM% is not a placeholder and is not replaced" },
    { line: 2, message: "placeholders are not replaced in this field" },
    { line: 5, message: "%NAME% is not a placeholder and is not replaced" },
    { line: 6, message: '%ROOM_ID% must not decide where a link leads: "invalid" takes its place' },
  ]);
  assert.equal(email.subject, "%ROOM_NAM%");
});
