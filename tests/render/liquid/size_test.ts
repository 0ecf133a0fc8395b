import assert from "node:assert/strict";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import type { InvitationModel, MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { IS_THOROUGH, rows, thoroughTest } from "../../thorough.ts";
import { partsOf, spoken } from "./spoken.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const INSIDE = SAMPLES.inside as MailModel;
const INVITATION = INSIDE.invitations[0] as InvitationModel;

for (const language of LANGUAGES) {
  Deno.test(`the default mail in "${language}" is smaller than 20 kB`, async () => {
    for (const model of Object.values(SAMPLES)) {
      const { html, text } = await partsOf(spoken(model, language));
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

const FEW = [[1, "en"], [100, "uk"]] as const;
const COUNTS = IS_THOROUGH ? [...FEW, [3, "de"], [12, "ar"]] as const : FEW;

Deno.test("no mail is larger than 90 kB, whatever strangers write, and however many", async () => {
  for (const letter of rows(2, GREEDY)) {
    for (const [count, language] of COUNTS) {
      const invitations = Array.from({ length: count }, () => HUGE(letter));
      const mail = { ...INSIDE.mail, language };
      const { html, subject } = await partsOf({ ...INSIDE, mail, invitations, brand: LOUD });
      assert.ok(bytes(html) <= 90_000, `${bytes(html)}`);
      assert.ok(bytes(subject) < 10_000);
    }
  }
});

Deno.test("fifty invitations of usual length are listed, and far fewer bytes than Gmail clips", async () => {
  for (const language of rows(2, LANGUAGES)) {
    const model = { ...INSIDE, mail: { ...INSIDE.mail, kind: "digest" as const, language } };
    const invitations = Array.from({ length: 274 }, (_, index) => usual(index, index % 2 === 0));
    const { html } = await partsOf({ ...model, invitations });
    assert.equal(listed(html), 50, language);
    assert.ok(bytes(html) < 85_000, `${language}: ${bytes(html)}`);
  }
});

thoroughTest("long invitations of strangers take no colleague's place", async () => {
  for (const letter of rows(2, GREEDY)) {
    const own = Array.from({ length: 30 }, (_, index) => usual(index, true));
    const strangers = Array.from({ length: 244 }, () => HUGE(letter));
    const model = { ...INSIDE, invitations: [...own, ...strangers], brand: LOUD };
    const { html } = await partsOf(model);
    assert.ok(bytes(html) <= 90_000, `${bytes(html)}`);
    assert.ok(listed(html) >= 30, `${listed(html)} of ${JSON.stringify(letter)}`);
  }
});

function listed(html: string): number {
  return html.split('class="small').length - 1;
}

function usual(index: number, local: boolean): InvitationModel {
  const label = `Project Danube, working group on public relations, part ${index}`;
  const server = local ? "example.org" : "chat.partner.example";
  const name = "Maximiliane Hohenberg-Wolkenstein";
  const id = `@maximiliane.hohenberg-wolkenstein.${index}:${server}`;
  return {
    ...INVITATION,
    inviter: {
      ...INVITATION.inviter,
      name: local ? name : "",
      claimedName: name,
      id,
      server,
      local,
    },
    room: { ...INVITATION.room, label, name: label, alias: "" },
    link: `https://matrix.to/#/!${"aBcDeFgHiJkLmNoPqR".repeat(2)}%3A${server}?via=${server}`,
  };
}

Deno.test("where fewer invitations fit, text and HTML count the rest alike", async () => {
  const invitations = Array.from({ length: 60 }, () => HUGE("&"));
  const { html, text } = await partsOf({ ...INSIDE, invitations });
  const more = (part: string) => /And (\d+) more/.exec(part)?.[1];
  assert.ok(Number(more(html)) > 10);
  assert.equal(more(text), more(html));
  assert.equal(html.split("Open the room").length - 1, 60 - Number(more(html)));
});
