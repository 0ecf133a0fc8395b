import assert from "node:assert/strict";
import type { Email } from "postal-mime";
import { parseEml } from "../../../src/render/eml/renderer.ts";
import type { MailModel } from "../../../src/render/port.ts";
import { assertGolden } from "../golden.ts";
import { fill, fixture, model, named, structure } from "./filled_eml.ts";

/** What the recipient reads in a filled template. */
interface Reading {
  readonly subject: string;
  /** The text without white space around it; `undefined` where there is none. */
  readonly text: string | undefined;
  /** What has to stand in the HTML. */
  readonly html: readonly string[];
}

/** A template, and how it reads. */
interface LegacyTemplate {
  readonly name: string;
  /** The media types of all parts, in their order. */
  readonly types: readonly string[];
  /** Files by name, with their content's first bytes. */
  readonly files: readonly (readonly [name: string | null, start: string])[];
  readonly usual: Reading;
  readonly hostile: Reading;
}

const HOSTILE: MailModel = model({
  inviter: {
    name: '</p><script>alert("1")</script>\r\nBcc: victim@example.com\u202e',
    id: "@%ROOM_NAME%:evil.example",
    server: "evil.example",
    local: false,
  },
  room: {
    id: '!x" onclick=a:evil.example',
    name: "--inner=_3--\nR&D %SENDER_ID% 日本 'é'",
    label: "--inner=_3--\nR&D %SENDER_ID% 日本 'é'",
    alias: "",
  },
});

// As it is shown: one line, no controls, no links, behind the name the server.
const WHO = '</p><script>alert("1")</script> Bcc: victim@example.\u2060com (evil.\u2060example)';
const ROOM = "--inner=_3-- R&D %SENDER_ID% 日本 'é'";
const WHO_SUBJECT = WHO.replaceAll("\u2060", "");
const WHO_HTML =
  "&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; Bcc: victim@example<span>.</span>com (evil<span>.</span>example)";
const ROOM_HTML = "--inner=_3-- R&amp;D %SENDER_ID% 日本 &#39;é&#39;";
const ID_IN_LINK = "!x%22%20onclick%3Da%3Aevil.example";

const TEMPLATES: readonly LegacyTemplate[] = [
  {
    name: "mxisd_default",
    types: ["multipart/alternative", "text/plain", "multipart/related", "text/html"],
    files: [],
    usual: {
      subject: "Somebody invites you to a room",
      text: "Hello,\n\nAlice would like you to join [Plans] on Matrix.\n\nBest regards,\n\n" +
        "The people of Example.org",
      html: ["<p>Alice would like you to join [Plans] on Matrix.</p>", "width: 100%%;"],
    },
    hostile: {
      subject: "Somebody invites you to a room",
      text: `Hello,\n\n${WHO} would like you to join [${ROOM}] on Matrix.\n\nBest regards,\n\n` +
        "The people of Example.org",
      html: [`<p>${WHO_HTML} would like you to join [${ROOM_HTML}] on Matrix.</p>`],
    },
  },
  {
    name: "plain_latin1",
    types: ["text/plain"],
    files: [],
    usual: {
      subject: "Einladung in Plans",
      text: 'Schöne Grüße, @bob:example.org!\n\nAlice lädt in den Raum "Plans" ein.\n' +
        "Zum Raum: https://chat.example.org/#/room/!plans%3Aexample.org\n\n" +
        "-- \nThe team, für example.ORG",
      html: [],
    },
    hostile: {
      subject: `Einladung in ${ROOM}`,
      text: `Schöne Grüße, @bob:example.org!\n\n${WHO} lädt in den Raum "${ROOM}" ein.\n` +
        `Zum Raum: https://chat.example.org/#/room/${ID_IN_LINK}\n\n-- \nThe team, für example.ORG`,
      html: [],
    },
  },
  {
    name: "alternative_qp",
    types: ["multipart/alternative", "text/plain", "text/html"],
    files: [],
    usual: {
      subject: "Invitation à « Plans »",
      text: "Bonjour,\n\nAlice (@alice:example.org) vous a invité·e à « Plans ». \n" +
        "Inscription\u00a0: https://example.org?courriel=bob%40example.org",
      html: [
        "<p>Alice vous a invité·e à <b>Plans</b>.</p>",
        '<a href="https://example.org?courriel=bob%40example.org">S\'inscrire</a>',
      ],
    },
    hostile: {
      subject: `Invitation à « ${ROOM} »`,
      text:
        `Bonjour,\n\n${WHO} (@%ROOM_NAME%:evil.\u2060example) vous a invité·e à « ${ROOM} ». \n` +
        "Inscription\u00a0: https://example.org?courriel=bob%40example.org",
      html: [`<p>${WHO_HTML} vous a invité·e à <b>${ROOM_HTML}</b>.</p>`],
    },
  },
  {
    name: "html_base64",
    types: ["text/html"],
    files: [],
    usual: {
      subject: "Alice invites you",
      text: undefined,
      html: [
        'content="text/html; charset=utf-8"',
        "<p>Alice invites you to “Plans” – that’s all.</p>",
        '<a href="https://chat.example.org/?to=!plans%3Aexample.org&amp;for=@bob:example.org">',
      ],
    },
    hostile: {
      subject: `${WHO_SUBJECT} invites you`,
      text: undefined,
      html: [
        `<p>${WHO_HTML} invites you to “${ROOM_HTML}” – that’s all.</p>`,
        `<a href="https://chat.example.org/?to=${ID_IN_LINK}&amp;for=@bob:example.org">`,
      ],
    },
  },
  {
    name: "nested_crlf",
    types: [
      "multipart/mixed",
      "multipart/related",
      "multipart/alternative",
      "text/plain",
      "text/html",
      "image/png",
      "text/plain",
    ],
    files: [["logo.png", "\u0089PNG\r\n\u001a\n"], ["rules.txt", "Hausordnung: %SENDER_NAME% "]],
    usual: {
      subject: "Grüße aus Example.org: Alice invites you",
      text: "Alice invites you to Plans.",
      html: [
        '<img src="cid:logo@example.org" alt="example&#46;ORG">',
        "<p title='Plans'>Alice invites you to <em>Plans</em>.</p>",
      ],
    },
    hostile: {
      subject: `Grüße aus Example.org: ${WHO_SUBJECT} invites you`,
      text: `${WHO} invites you to ${ROOM}.`,
      html: [
        "<p title='&#45;&#45;inner&#61;&#95;3&#45;&#45;&#32;R&#38;D",
        `'>${WHO_HTML} invites you to <em>${ROOM_HTML}</em>.</p>`,
      ],
    },
  },
  {
    name: "outlook",
    types: ["multipart/alternative", "text/plain", "text/html"],
    files: [],
    usual: {
      subject: "%sender_name% lowercase stays - Alice",
      text: "Alice invites you to Plans.",
      html: [
        "<o:Title>Plans</o:Title>",
        "TITLE=Plans>Alice invites you to <B>Plans</B>",
        "<A HREF=https://chat.example.org/!plans%3Aexample.org TARGET=_blank>",
      ],
    },
    hostile: {
      subject: `%sender_name% lowercase stays - ${WHO_SUBJECT}`,
      text: `${WHO} invites you to ${ROOM}.`,
      html: [
        "<o:Title>&#45;&#45;inner&#61;&#95;3&#45;&#45;&#32;R&#38;D",
        `>${WHO_HTML} invites you to <B>${ROOM_HTML}</B>`,
        `<A HREF=https://chat.example.org/${ID_IN_LINK} TARGET=_blank>`,
        "TITLE=&#45;&#45;inner&#61;&#95;3&#45;&#45;&#32;R&#38;D&#32;",
      ],
    },
  },
];

for (const template of TEMPLATES) {
  const file = `legacy/${template.name}`;

  Deno.test(`${template.name}.eml reads as its author meant it`, async () => {
    const { source, email, warnings } = await fill(await fixture(file));
    assert.deepEqual(warnings, []);
    assertReads(email, template.usual);
    assert.deepEqual(types(source), template.types);
    await assertGolden(`legacy/${template.name}.eml`, source);
  });

  Deno.test(`${template.name}.eml keeps its form, whatever strangers call themselves`, async () => {
    const usual = await fill(await fixture(file));
    const { source, email } = await fill(await fixture(file), HOSTILE);
    assertReads(email, template.hostile);
    assert.deepEqual(types(source), template.types);
    assert.deepEqual(structure(email), structure(usual.email));
    assert.doesNotMatch(email.html ?? "", /<script/i);
    await assertGolden(`legacy/${template.name}.hostile.eml`, source);
  });

  Deno.test(`${template.name}.eml has its files untouched`, async () => {
    const { email } = await fill(await fixture(file), HOSTILE);
    const files = email.attachments.map(({ filename, content }) => [
      filename,
      new TextDecoder("latin1").decode(content as ArrayBuffer),
    ]);
    assert.equal(files.length, template.files.length);
    for (const [at, [name, start]] of template.files.entries()) {
      assert.equal(files[at]?.[0], name);
      const bytes = new TextDecoder("latin1").decode(
        Uint8Array.from(start, (sign) => sign.charCodeAt(0)),
      );
      assert.ok(files[at]?.[1]?.startsWith(bytes), files[at]?.[1] ?? "");
    }
  });

  Deno.test(`${template.name}.eml takes any character, and says what it is written in`, async () => {
    for (const name of ["Café", "Łódź", "日本語", "😀", "€", "\u0085x"]) {
      const shown = name.replace("\u0085", "");
      const { email } = await fill(await fixture(file), named(name));
      const all = `${email.subject}${email.text}${email.html}`;
      assert.ok(template.name === "html_base64" || all.includes(shown), `${name}: ${all}`);
      if (email.html !== undefined) assert.ok(email.html.includes(shown), email.html);
      assert.ok(!all.includes("\ufffd"), all);
    }
  });
}

function assertReads(email: Email, reading: Reading): void {
  assert.equal(email.subject, reading.subject);
  assert.equal(email.text?.trim(), reading.text);
  for (const part of reading.html) assert.ok(email.html?.includes(part), `${part}\n${email.html}`);
}

/** The media types in a message, in their order. */
function types(source: string): string[] {
  return [...source.matchAll(/^content-type:\s*([a-z]+\/[a-z]+)/gim)]
    .map(([, type = ""]) => type.toLowerCase());
}

const BROKEN: readonly [name: string, spoil: (text: string) => string, problem: RegExp][] = [
  [
    "alternative_qp",
    (text) => text.replace("=----=_Part_12_34.56", "=other"),
    /^3: no line "--other"/,
  ],
  ["html_base64", (text) => text.replace(/\n\n/, "\n\n*"), /^4: the part below is not base64$/],
  [
    "nested_crlf",
    (text) => text.replace('boundary="inner=_3"', "x=y"),
    /^18: multipart\/alternative needs a boundary/,
  ],
  [
    "nested_crlf",
    (text) => text.replace("Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: x-7"),
    /^26: write 7bit, 8bit, quoted-printable or base64$/,
  ],
  [
    "plain_latin1",
    (text) => text.replace("ISO-8859-1", "ISO-8859-99"),
    /^3: the charset is unknown/,
  ],
  ["outlook", (text) => text.replace("SUBJECT", "Thema"), /^1: has no Subject/],
  [
    "mxisd_default",
    (text) => text.replace("MIME-Version", "MIME Version"),
    /^2: expected a header/,
  ],
];
for (const [name, spoil, problem] of BROKEN) {
  Deno.test(`${name}.eml, once broken, is refused with the line: ${problem}`, async () => {
    const bytes = await fixture(`legacy/${name}`);
    const text = new TextDecoder("latin1").decode(bytes);
    const broken = spoil(text);
    assert.notEqual(broken, text);
    const parsed = parseEml(Uint8Array.from(broken, (sign) => sign.charCodeAt(0)));
    assert.ok(parsed.kind === "broken", JSON.stringify(parsed.kind));
    const [first] = parsed.problems;
    assert.match(`${first?.line}: ${first?.message}`, problem);
  });
}
