import assert from "node:assert/strict";
import { MAIL_CONTENTS, OUTSIDE_CONTENTS } from "../../src/domain/mail_content.ts";
import { mailModel } from "../../src/notify/mail_model.ts";
import { placeholderValues } from "../../src/render/eml/placeholder.ts";
import { openLiquidRenderer } from "../../src/render/liquid/mail_renderer.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { address, MODEL } from "../fakes/notify/service.ts";

const HELPDESK = "@helpdesk:examp1e.org";
const PHISHING = mailInvitation({
  roomId: "!k3Yq7pXv:examp1e.org",
  inviter: HELPDESK,
  facts: {
    room: {
      kind: "room",
      name: "Password renewal: action required today",
      alias: "#password-renewal:examp1e.org",
      topic: "Call 555 0100 now",
      encrypted: true,
    },
    reason: "Your account ends today. Call 555 0100.",
    inviterName: "IT Service Desk",
  },
});
const MAIL = claimedMail({ recipient: { name: "Bob" }, invitations: [PHISHING] });
const SENDER = {
  domain: "example.org",
  from: { name: "Matrix", address: address("matrix@example.org") },
  registerUrl: "https://example.org",
};
const THEIRS = /Service Desk|renewal|555|account ends/i;

function modelOf(options: Partial<typeof MODEL> = {}, mail = MAIL) {
  return mailModel(mail, { ...MODEL, ...options });
}

async function rendered(options: Partial<typeof MODEL> = {}, mail = MAIL) {
  const content = await openLiquidRenderer().render(modelOf(options, mail));
  assert.ok(content.kind === "parts");
  const plain = (text: string) => text.replaceAll(/\u2060|<span>(?=\.)|(?<=\.)<\/span>/g, "");
  return { subject: plain(content.subject), text: plain(content.text), html: plain(content.html) };
}

Deno.test("a mail from outside begins with the ID, and has no words of the inviter's in front", async () => {
  const { subject, text, html } = await rendered();
  assert.equal(subject, `${HELPDESK} invited you to a conversation`);
  const [heading = ""] = /<h1[^]*?<\/h1>/.exec(html) ?? [];
  assert.ok(heading.includes(`<bdi>${HELPDESK}</bdi> invited you`), heading);
  assert.doesNotMatch(heading, /<strong>/);
  for (const part of [text, html]) {
    assert.doesNotMatch(part, /555|account ends/);
    const warning = part.lastIndexOf("Outside your organisation");
    assert.ok(warning > 0 && warning < part.search(/Service Desk|renewal/));
    assert.ok(part.search(THEIRS) > part.indexOf("This person belongs to"));
  }
});

Deno.test("the warning has the badge's colours, and stands before the facts", async () => {
  const { html } = await rendered();
  const warning = /<td class="badge"[^>]*background-color:#fdeec4[^>]*>[^]*?<\/td>/.exec(html);
  assert.match(warning?.[0] ?? "", /belongs to <bdi>examp1e\.org<\/bdi>/);
  assert.ok((warning?.index ?? Infinity) < html.indexOf(">From<"));
});

Deno.test("mxisd's placeholders have no words of an inviter from outside", () => {
  const values = placeholderValues(modelOf(), SENDER);
  for (const [name, { shown, raw }] of Object.entries(values)) {
    assert.doesNotMatch(shown, THEIRS, name);
    assert.doesNotMatch(raw, THEIRS, name);
  }
  assert.deepEqual(
    [values.SENDER_NAME.shown, values.SENDER_NAME_OR_ID.raw, values.ROOM_NAME.shown],
    ["", HELPDESK, ""],
  );
  assert.equal(values.ROOM_NAME_OR_ID.raw, PHISHING.roomId);
});

Deno.test("a template that knows only names and labels shows no words of such an inviter", () => {
  const { subject: _, ...model } = { subject: "", ...modelOf() };
  const known = JSON.stringify(model, (key, value) => key === "claimedName" ? undefined : value);
  assert.doesNotMatch(known, THEIRS);
});

Deno.test("the link to a room from outside does not have its alias", () => {
  const [invitation] = modelOf({ link: ({ alias }) => alias ?? "none" }).invitations;
  assert.equal(invitation?.link, "none");
});

/** Which of the inviter's words are in the mail. */
async function words(options: Partial<typeof MODEL>) {
  const { subject, text, html } = await rendered(options);
  return {
    subject: subject.startsWith(HELPDESK) ? "ID" : "name",
    name: text.includes("Service Desk") && html.includes("Service Desk"),
    room: text.includes("renewal") && html.includes("renewal"),
    topic: /555 0100 now/.test(text + html),
    reason: /account ends/.test(text + html),
  };
}

const REVEALED = {
  full: { subject: "name", name: true, room: true, topic: true, reason: true },
  names: { subject: "name", name: true, room: true, topic: false, reason: false },
  careful: { subject: "ID", name: true, room: true, topic: false, reason: false },
  minimal: { subject: "ID", name: false, room: false, topic: false, reason: false },
};

for (const content of MAIL_CONTENTS) {
  for (const contentFromOutside of OUTSIDE_CONTENTS) {
    Deno.test(`with "${content}", mails from outside with "${contentFromOutside}" reveal the less of both`, async () => {
      const [lesser = "full"] = OUTSIDE_CONTENTS
        .filter((one) => one === content || one === contentFromOutside)
        .reverse();
      assert.deepEqual(await words({ content, contentFromOutside }), REVEALED[lesser]);
    });
  }
}

Deno.test("the setting for outside changes nothing for colleagues", () => {
  const mail = claimedMail({ invitations: [{ ...PHISHING, inviter: "@alice:EXAMPLE.org" }] });
  const [full, ...others] = OUTSIDE_CONTENTS.map((contentFromOutside) =>
    modelOf({ contentFromOutside }, mail)
  );
  for (const other of others) assert.deepEqual(other, full);
  assert.equal(full?.invitations[0]?.inviter.name, "IT Service Desk");
});

Deno.test("an inviter without a server is from outside", async () => {
  const mail = claimedMail({ invitations: [{ ...PHISHING, inviter: "nonsense" }] });
  const { subject, text } = await rendered({}, mail);
  assert.equal(subject, "nonsense invited you to a conversation");
  assert.match(text, /^Outside your organisation: This person does not belong/m);
});
