import assert from "node:assert/strict";
import PostalMime, { type Email } from "postal-mime";
import { composeMail } from "../../../src/mail/compose/compose.ts";
import {
  openPlaceholderRenderer,
  parseTemplateFile,
} from "../../../src/render/eml/placeholder_files.ts";
import { openEmlRenderer, parseEml } from "../../../src/render/eml/renderer.ts";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import type { InvitationModel, MailModel, Renderer } from "../../../src/render/port.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { HOSTILE_NAMES } from "../../fakes/render/hostile_names.ts";
import { IS_THOROUGH, rowTest } from "../../thorough.ts";
import { fixture } from "../eml/filled_eml.ts";
import { withoutUnlinking } from "./html_structure.ts";
import { sample, spoken } from "./spoken.ts";

const SENDER = {
  domain: "example.org",
  from: { name: "Matrix at Example", address: address("matrix@example.org") },
  registerUrl: "https://example.org",
};

type Put = (model: MailModel, value: string) => MailModel;

// Where a stranger's words may stand.
const POSITIONS: readonly Put[] = [
  (model, value) => ({ ...model, recipient: { ...model.recipient, name: value } }),
  inviter("name"),
  inviter("id"),
  inviter("server"),
  room("id"),
  // The label is one of the two.
  (model, value) => room("label")(room("name")(model, value), value),
  room("topic"),
  (model, value) => change(model, (invitation) => ({ ...invitation, reason: value })),
];

function change(model: MailModel, of: (invitation: InvitationModel) => InvitationModel): MailModel {
  return { ...model, invitations: model.invitations.map(of) };
}

function inviter(key: "name" | "id" | "server"): Put {
  return (model, value) =>
    change(model, (invitation) => ({
      ...invitation,
      inviter: { ...invitation.inviter, [key]: value },
    }));
}

function room(key: "id" | "label" | "name" | "topic"): Put {
  return (model, value) =>
    change(model, (invitation) => ({ ...invitation, room: { ...invitation.room, [key]: value } }));
}

// The room has no name, and is called by its alias.
function nameless(model: MailModel): MailModel {
  return change(model, ({ room, ...invitation }) => ({
    ...invitation,
    room: { ...room, name: "", alias: room.label },
  }));
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
    tags: [...withoutUnlinking(html).matchAll(/<[^>]*>/g)].map(([tag]) =>
      tag.replace(/=(?:"[^"]*"|'[^']*'|[^\s"'>]+)/g, "=")
    ),
    // Where links lead, but for what is encoded behind the host.
    links: [...html.matchAll(/\bhref="([a-z]+:[^"?%#]*)/g)].map(([, link]) => link),
    textLinks: [...text.matchAll(/\b[a-z]+:\/\/[^/\s]+/g)].map(([link]) => link),
    hasText: text !== "",
  };
}

/**
 * The mail keeps its form while hostile names move through its positions. With steps of 1 each name
 * comes to each position, with steps of 6 to every sixth.
 */
async function assertOneForm(
  renderer: Renderer,
  model: MailModel,
  { step = IS_THOROUGH ? 1 : 6, change = (model: MailModel) => model } = {},
): Promise<void> {
  const mailOf = (nameAt: (position: number) => string) => {
    const filled = POSITIONS.reduce((model, put, at) => put(model, nameAt(at)), model);
    return received(renderer, change(filled));
  };
  const harmless = shape(await mailOf(() => "x"));
  for (let turn = 0; turn < HOSTILE_NAMES.length; turn += step) {
    const nameAt = (at: number) => HOSTILE_NAMES[(turn + at) % HOSTILE_NAMES.length] ?? "";
    const mail = await mailOf(nameAt);
    assert.deepEqual(shape(mail), harmless, POSITIONS.map((_, at) => nameAt(at)).join("\n"));
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
    return parsed.template;
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
  ...Object.fromEntries(
    ["mxisd_default", "plain_latin1", "alternative_qp", "html_base64", "nested_crlf", "outlook"]
      .map((name) => [`the legacy template ${name}`, () => legacy(`legacy/${name}`)]),
  ),
  "SendGrid's templates": files,
  "the built-in template": openLiquidRenderer,
};

for (const [name, open] of Object.entries(TEMPLATES)) {
  Deno.test(`a mail of ${name} keeps its form with any hostile name in any position`, async () => {
    const renderer = await open();
    await assertOneForm(renderer, sample("outside"));
    await assertOneForm(renderer, sample("outside"), { change: nameless });
  });
}

for (const kind of ["space", "direct", "no-name", "several", "many", "reminder"]) {
  rowTest(kind === "many")(
    `the mail "${kind}" keeps its form with any hostile name in any position`,
    async () => {
      await assertOneForm(openLiquidRenderer(), sample(kind));
    },
  );
}

for (const language of LANGUAGES.filter((tag) => tag !== "en")) {
  rowTest(language === "ar")(
    `in "${language}" the mail keeps its form with each hostile name`,
    async () => {
      await assertOneForm(openLiquidRenderer(), spoken(sample("outside"), language), {
        step: POSITIONS.length,
      });
    },
  );
}

Deno.test("there are thirty hostile names or more, all different", () => {
  assert.ok(new Set(HOSTILE_NAMES).size >= 30);
});
