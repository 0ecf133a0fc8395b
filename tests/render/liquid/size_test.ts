import assert from "node:assert/strict";
import { directionOf } from "../../../src/domain/language.ts";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import type { InvitationModel, MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";

const renderer = openLiquidRenderer();
const bytes = (text: string) => new TextEncoder().encode(text).length;
const INSIDE = SAMPLES.inside as MailModel;
const INVITATION = INSIDE.invitations[0] as InvitationModel;

async function parts(model: MailModel) {
  const content = await renderer.render(model);
  assert.ok(content.kind === "parts");
  return content;
}

for (const language of LANGUAGES) {
  const direction = directionOf(language);
  Deno.test(`the default mail in "${language}" is smaller than 20 kB`, async () => {
    for (const model of Object.values(SAMPLES)) {
      const { html, text } = await parts({
        ...model,
        mail: { ...model.mail, language, direction },
      });
      assert.ok(bytes(html) < 20_000, `${bytes(html)}`);
      assert.ok(bytes(text) < 20_000, `${bytes(text)}`);
    }
  });
}

// What takes the most room: references in HTML, letters of four bytes, families, stacked marks.
const GREEDY = [
  "'",
  "&",
  "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}",
  "e\u0301\u0302",
];
const greedy = (letter: string) => letter.repeat(2000);
const HUGE: (letter: string) => InvitationModel = (letter) => ({
  ...INVITATION,
  inviter: { name: greedy(letter), id: greedy(letter), server: greedy(letter), local: false },
  room: {
    ...INVITATION.room,
    label: greedy(letter),
    name: greedy(letter),
    alias: `#${greedy(letter)}`,
    topic: greedy(letter),
  },
  reason: greedy(letter),
  link: `https://matrix.to/#/${"%F0%9F%98%80".repeat(150)}?via=${"a".repeat(250)}`,
});
const LOUD: MailModel["brand"] = {
  product: "'".repeat(60),
  logo: "cid:logo",
  color: "#ffffff",
  footer: "'".repeat(300),
  support: "'".repeat(200),
  imprint: "'".repeat(2000),
  register: "'".repeat(500),
};

Deno.test("no mail is larger than 90 kB, whatever strangers write, and however many", async () => {
  for (const letter of GREEDY) {
    for (const [count, language] of [[1, "en"], [3, "de"], [12, "ar"], [100, "uk"]] as const) {
      const invitations = Array.from({ length: count }, () => HUGE(letter));
      const mail = { ...INSIDE.mail, language };
      const { html, subject } = await parts({ ...INSIDE, mail, invitations, brand: LOUD });
      assert.ok(bytes(html) <= 90_000, `${bytes(html)}`);
      assert.ok(bytes(subject) < 10_000);
    }
  }
});

Deno.test("where fewer invitations fit, text and HTML count the rest alike", async () => {
  const invitations = Array.from({ length: 60 }, () => HUGE("&"));
  const { html, text } = await parts({ ...INSIDE, invitations });
  const more = (part: string) => /And (\d+) more/.exec(part)?.[1];
  assert.ok(Number(more(html)) > 10);
  assert.equal(more(text), more(html));
  assert.equal(html.split("Open the room").length - 1, 60 - Number(more(html)));
});
