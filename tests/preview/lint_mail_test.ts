import assert from "node:assert/strict";
import { lintMail } from "../../src/preview/lint_mail.ts";

const LINK = "https://matrix.to/#/!a?via=x&via=y";
const HTML = `<p><a href="${LINK.replace("&", "&amp;")}">Open</a></p>`;

function lint(parts: { readonly text?: string; readonly html?: string }) {
  const bytes = new Uint8Array();
  const { text = LINK, html = HTML } = parts;
  const mail = { subject: "", header: "", source: "", bytes, text, html, links: [LINK] };
  return lintMail(mail).map(({ part, message }) => `${part}: ${message}`);
}

Deno.test("nothing is wrong with a mail that leads to the room and loads nothing", () => {
  assert.deepEqual(lint({}), []);
  assert.deepEqual(lint({ html: "" }), []);
  const harmless =
    '<img src="data:image/png;base64,AA"><p style="background:url(#a)">src=x url</p>';
  assert.deepEqual(lint({ html: HTML + harmless }), []);
  assert.deepEqual(lint({ text: `${LINK} http://127.0.0.1:8080/ http://localhost/` }), []);
});

Deno.test("a part without the link is reported", () => {
  assert.match(lint({ text: "Come!" }).join(), /^text: the link that opens the room is missing/);
  assert.match(lint({ html: "<p>Come!" }).join(), /^html: the link that opens the room is missing/);
});

const REMOTE: readonly string[] = [
  '<img src="http://x.example/a.png">',
  "<IMG SRC=//x.example/a.png>",
  "<img alt='a > b' srcset='https://x.example/a.png 2x'>",
  '<table background="https://x.example/a.png">',
  '<link rel="stylesheet" href="https://x.example/a.css">',
  "<style>@import 'https://x.example/a.css';</style>",
  '<p style="background: url( https://x.example/a.png )">',
  "<video poster=https://x.example/a.png>",
  '<img src="ftp&#58;//x.example/a.png">',
];
for (const remote of REMOTE) {
  Deno.test(`${remote} would be loaded from elsewhere`, () => {
    const results = lint({ html: HTML + remote });
    assert.equal(results.length, 1, String(results));
    assert.match(results[0] ?? "", /^html: \S*x\.example\S*( 2x)? would be loaded from elsewhere/);
  });
}

Deno.test("active content and HTML that is too large are reported", () => {
  for (const active of ["<script>1</script>", "<form>", "<IFRAME srcdoc=a>", "<object>"]) {
    assert.match(
      lint({ html: HTML + active }).join(),
      /^html: no mail program shows <\w+>: remove/,
    );
  }
  assert.match(lint({ html: HTML + "x".repeat(90_000) }).join(), /has 90 kB, .* make it smaller$/);
  const picture = `<img src="data:image/png;base64,${"A".repeat(200_000)}">`;
  assert.deepEqual(lint({ html: HTML + picture }), []);
});

const RUNNING: readonly (readonly [html: string, shown: string])[] = [
  ['<p onclick="x()">', 'onclick="..."'],
  ["<body ONLOAD=x()>", 'onload="..."'],
  ['<a href="javascript:x()">', "javascript:x()"],
  ['<a href=" JavaScript:x()">', "JavaScript:x()"],
  ['<meta http-equiv="Refresh" content="0;url=https://x.example/">', "Refresh"],
  ['<base href="https://x.example/">', "<base>"],
];
for (const [html, shown] of RUNNING) {
  Deno.test(`${html} is active content`, () => {
    assert.deepEqual(lint({ html: HTML + html }), [
      `html: no mail program shows ${shown}: remove it`,
    ]);
  });
}

Deno.test("links without TLS are reported in both parts", () => {
  const results = lint({
    text: `${LINK} http://x.example/a`,
    html: `${HTML}<a href='HTTP://x.example/b'>b</a>`,
  });
  assert.deepEqual(
    results.map((line) => line.slice(0, 25)),
    [
      "html: HTTP://x.example/b i",
      "text: http://x.example/a i",
    ].map((line) => line.slice(0, 25)),
  );
});
