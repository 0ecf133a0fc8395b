import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import PostalMime from "postal-mime";
import { MAIL_CONTENTS, type MailContent } from "../../src/domain/mail_content.ts";
import { mailModel } from "../../src/notify/mail_model.ts";
import { openEmlRenderer, parseEml } from "../../src/render/eml/renderer.ts";
import { openLiquidRenderer } from "../../src/render/liquid/mail_renderer.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { address, MODEL } from "../fakes/notify/service.ts";

const MAIL = claimedMail({
  recipient: { name: "Bob" },
  invitations: [mailInvitation({
    roomId: "!k3Yq7pXv:example.org",
    facts: {
      room: {
        kind: "space",
        name: "Takeover",
        alias: "#takeover:example.org",
        topic: "Buying Initech",
        encrypted: true,
      },
      reason: "Lawyers only",
      inviterName: "Alice",
    },
  })],
});

/** What a mail reveals at each setting. */
const REVEALED: Readonly<Record<MailContent, readonly string[]>> = {
  full: [
    "Alice",
    "Takeover",
    "#takeover",
    "Initech",
    "Lawyers",
    "the space",
    "!k3Yq7pXv",
    "encrypted",
  ],
  names: ["Alice", "Takeover", "#takeover", "the space", "!k3Yq7pXv", "encrypted"],
  minimal: ["Alice"],
};

const TEMPLATE = `Subject: %SENDER_NAME% invited you to "%ROOM_NAME_OR_ID%"
Content-Type: text/html; charset=utf-8

<p>%SENDER_NAME% (%SENDER_ID%) -> [%ROOM_NAME%] [%ROOM_ID%] [%ROOM_NAME_OR_ID%]</p>
<a title="%ROOM_ID%" href="https://matrix.to/#/%ROOM_ID%">open</a>
`;

/** A mail's texts, without what links and header fields are made of. */
async function shown(content: MailContent) {
  const model = mailModel(MAIL, { ...MODEL, content });
  const builtIn = await openLiquidRenderer().render(model);
  assert.ok(builtIn.kind === "parts");
  const parsed = parseEml(new TextEncoder().encode(TEMPLATE));
  assert.ok(parsed.kind === "template");
  const from = { name: "Matrix", address: address("matrix@example.org") };
  const legacy = openEmlRenderer({
    ...{ template: parsed.template, domain: "example.org", from },
    registerUrl: "https://example.org",
  });
  const rendered = await legacy.render(model);
  assert.ok(rendered.kind === "mime");
  const email = await PostalMime.parse(Buffer.from(rendered.entity));
  return { builtIn, legacy: { subject: email.subject ?? "", html: email.html ?? "" } };
}

const unlinked = (html: string) => html.replace(/https:\/\/matrix\.to[^"<\s]*/g, "");

for (const content of MAIL_CONTENTS) {
  Deno.test(`with "${content}" the built-in mail reveals ${REVEALED[content].join(", ")}`, async () => {
    const { builtIn: { subject, text, html } } = await shown(content);
    for (const part of [text, html]) {
      const visible = subject + unlinked(part).replace(/<style>[^]*<\/style>/, "");
      for (const word of REVEALED.full.filter((word) => !word.startsWith("!"))) {
        assert.equal(visible.includes(word), REVEALED[content].includes(word), word);
      }
      assert.doesNotMatch(visible, /!k3Yq7pXv/);
      assert.ok(part.includes("https://matrix.to/#/!k3Yq7pXv%3Aexample.org"));
    }
  });

  Deno.test(`with "${content}" a template of mxisd's reveals no more than that`, async () => {
    const { legacy: { subject, html } } = await shown(content);
    for (const word of ["Alice", "Takeover", "Initech", "Lawyers", "!k3Yq7pXv"]) {
      const revealed = (subject + unlinked(html)).includes(word);
      assert.equal(
        revealed,
        REVEALED[content].includes(word) && !/Initech|Lawyers/.test(word),
        word,
      );
    }
    assert.match(html, /href="https:\/\/matrix\.to\/#\/!k3Yq7pXv%3Aexample\.org"/);
  });
}

Deno.test("the inviter is named at every setting, the room without a name", async () => {
  const { builtIn: { subject, text } } = await shown("minimal");
  assert.equal(subject, "Alice invited you to a conversation");
  assert.match(text, /^ {2}Room: A conversation with Alice$/m);
  assert.match(text, /^Open the room:$/m);
});

Deno.test("the link of a mail that may not reveal the room's name does not have its alias", () => {
  const link = (room: { readonly alias?: string | undefined }) => room.alias ?? "none";
  const of = (content: MailContent) =>
    mailModel(MAIL, { ...MODEL, content, link }).invitations[0]?.link;
  assert.deepEqual(MAIL_CONTENTS.map(of), [
    "#takeover:example.org",
    "#takeover:example.org",
    "none",
  ]);
});

Deno.test("a person who is known to have an account gets no link to register", () => {
  const register = (hasAccount?: boolean) => {
    return mailModel({ ...MAIL, recipient: { name: "", hasAccount } }, MODEL).links.register;
  };
  assert.equal(register(true), "");
  assert.equal(register(false), MODEL.registerUrl);
  assert.equal(register(), MODEL.registerUrl);
});
