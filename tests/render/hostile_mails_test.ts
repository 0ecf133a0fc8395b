import assert from "node:assert/strict";
import PostalMime, { type Email } from "postal-mime";
import { composeMail } from "../../src/mail/compose.ts";
import { openEmlRenderer, parseEml } from "../../src/render/eml.ts";
import { LANGUAGES } from "../../src/render/languages.ts";
import { openLiquidRenderer } from "../../src/render/liquid.ts";
import { openPlaceholderRenderer, parseTemplateFile } from "../../src/render/placeholder_files.ts";
import type { InvitationModel, MailModel, Renderer } from "../../src/render/port.ts";
import { HOSTILE_NAMES } from "../fakes/hostile_names.ts";
import { address, message } from "../fakes/messages.ts";
import { fixture } from "./filled_eml.ts";
import { sample, spoken } from "./spoken.ts";

const SENDER = {
  domain: "example.org",
  from: { name: "Matrix at Example", address: address("matrix@example.org") },
  registerUrl: "https://example.org",
};

// Where a stranger's words may stand.
const POSITIONS = {
  "the recipient's name": (model, value) => ({
    ...model,
    recipient: { ...model.recipient, name: value },
  }),
  "the inviter's name": inviter("name"),
  "the inviter's ID": inviter("id"),
  "the inviter's server": inviter("server"),
  "the room's ID": room("id"),
  // The label is one of the two.
  "the room's name": (model, value) => room("label")(room("name")(model, value), value),
  "the room's alias": (model, value) =>
    room("label")(room("name")(room("alias")(model, value), ""), value),
  "the topic": room("topic"),
  "the reason": (model, value) => change(model, (invitation) => ({ ...invitation, reason: value })),
} satisfies Record<string, (model: MailModel, value: string) => MailModel>;

function change(
  model: MailModel,
  of: (invitation: InvitationModel) => InvitationModel,
): MailModel {
  return { ...model, invitations: model.invitations.map(of) };
}

function inviter(key: "name" | "id" | "server") {
  return (model: MailModel, value: string) =>
    change(model, (invitation) => ({
      ...invitation,
      inviter: { ...invitation.inviter, [key]: value },
    }));
}

function room(key: "id" | "label" | "name" | "alias" | "topic") {
  return (model: MailModel, value: string) =>
    change(model, (invitation) => ({ ...invitation, room: { ...invitation.room, [key]: value } }));
}

function everywhere(model: MailModel, value: string): MailModel {
  return Object.values(POSITIONS).reduce((filled, put) => put(filled, value), model);
}

/** The mail as it is sent, and as a mail client reads it. */
async function received(renderer: Renderer, model: MailModel): Promise<Email> {
  const mail = await composeMail(message({
    to: { name: model.recipient.name, address: address(model.recipient.address) },
    content: await renderer.render(model),
  }));
  assert.ok(mail.kind === "composed", JSON.stringify(mail));
  const text = new TextDecoder("latin1").decode(mail.bytes);
  for (const line of text.split("\r\n")) {
    assert.ok(line.length <= 998 && !/[\r\n\0]/.test(line), line.slice(0, 100));
  }
  return await PostalMime.parse(mail.bytes);
}

/** All that is the same whatever strangers write. */
function shape({ headers, from, to, html = "", text = "", attachments }: Email) {
  return {
    headers: headers.map(({ key }) => key),
    from: from?.address,
    to: to?.map(({ address }) => address),
    attachments: attachments.map(({ mimeType, contentId, content }) => [
      mimeType,
      contentId,
      (content as ArrayBuffer).byteLength,
    ]),
    // Every tag with its attributes, but for what stands in them.
    tags: [...html.matchAll(/<[^>]*>/g)].map(([tag]) =>
      tag.replace(/=(?:"[^"]*"|'[^']*'|[^\s"'>]+)/g, "=")
    ),
    // Where links lead, but for what is encoded behind the host.
    links: [...html.matchAll(/\bhref="([a-z]+:[^"?%#]*)/g)].map(([, link]) => link),
    textLinks: [...text.matchAll(/\b[a-z]+:\/\/[^/\s]+/g)].map(([link]) => link),
    hasText: text !== "",
  };
}

/** Whatever is put in has the form of a mail with a harmless word in its place. */
async function assertOneForm(
  renderer: Renderer,
  model: MailModel,
  put: (model: MailModel, value: string) => MailModel,
): Promise<void> {
  const harmless = shape(await received(renderer, put(model, "x")));
  for (const value of HOSTILE_NAMES) {
    const mail = await received(renderer, put(model, value));
    assert.deepEqual(shape(mail), harmless);
    assertPlain(mail);
  }
}

function assertPlain(mail: Email): void {
  assert.doesNotMatch(mail.subject ?? "", /[\p{Cc}\u2028\u2029\u202A-\u202E]/u);
  for (const part of [mail.text, mail.html]) {
    const lines = (part ?? "").replaceAll("\r\n", "\n");
    assert.doesNotMatch(lines, /[^\P{Cc}\n\t]|[\u2028\u2029\u202A-\u202E]/u);
  }
}

async function legacy(name: string): Promise<Renderer> {
  const parsed = parseEml(await fixture(name));
  assert.ok(parsed.kind === "template");
  return openEmlRenderer({ ...SENDER, template: parsed.template });
}

function files(): Renderer {
  function pieces(text: string, html: boolean) {
    const parsed = parseTemplateFile(new TextEncoder().encode(text), html);
    assert.ok(parsed.kind === "template");
    return parsed.pieces;
  }
  const all = "%SENDER_NAME% %SENDER_ID% %ROOM_NAME% %ROOM_ID% %RECIPIENT_ID% %REGISTER_URL%";
  return openPlaceholderRenderer({
    ...SENDER,
    template: {
      subject: "%SENDER_NAME_OR_ID% invites you to %ROOM_NAME_OR_ID%",
      text: pieces(`${all}\nhttps://example.org/#/%ROOM_ID%\n`, false),
      html: pieces(
        `<p title="%ROOM_NAME%">${all}</p><a href="https://example.org/#/%ROOM_ID%">x</a>`,
        true,
      ),
    },
  });
}

const TEMPLATES: Readonly<Record<string, () => Renderer | Promise<Renderer>>> = {
  "the built-in template": () => openLiquidRenderer(),
  ...Object.fromEntries(
    ["mxisd_default", "plain_latin1", "alternative_qp", "html_base64", "nested_crlf", "outlook"]
      .map((name) => [`the legacy template ${name}`, () => legacy(`legacy/${name}`)]),
  ),
  "SendGrid's templates": files,
};

for (const [name, open] of Object.entries(TEMPLATES)) {
  Deno.test(`${name} keeps its form with a hostile name in any place`, async (t) => {
    const renderer = await open();
    for (const [position, put] of Object.entries(POSITIONS)) {
      await t.step(position, () => assertOneForm(renderer, sample("outside"), put));
    }
  });
}

const KINDS = ["outside", "space", "direct", "no-name", "several", "reminder"];
for (const language of LANGUAGES) {
  Deno.test(`in "${language}" the mail keeps its form with hostile names everywhere`, async () => {
    const renderer = openLiquidRenderer();
    for (const kind of language === "en" ? KINDS : ["outside"]) {
      await assertOneForm(renderer, spoken(sample(kind), language), everywhere);
    }
  });
}

Deno.test("there are thirty hostile names or more, all different", () => {
  assert.ok(new Set(HOSTILE_NAMES).size >= 30);
});
