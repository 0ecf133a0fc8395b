import assert from "node:assert/strict";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { parseWords } from "../../../src/render/liquid/sentences.ts";
import { neutralModel } from "../../../src/render/neutral_model.ts";
import type { MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { rowTest } from "../../thorough.ts";
import { textOf } from "./html_structure.ts";
import { partsOf, sample, spoken } from "./spoken.ts";

// What only one of the parts has: HTML has a title above and two links, text has colons.
const ONE_PART = ["banner", "banner_reminder", "link", "colon"];

/** The words of each sentence, without the values between them, by the sentence's name. */
async function sentencesOf(language: string): Promise<Map<string, readonly string[]>> {
  const file = new URL(`../../../templates/${language}/words.yaml`, import.meta.url);
  const { sentences } = parseWords(await Deno.readTextFile(file), "words.yaml");
  const words = [...sentences].flatMap(([name, { forms }]) =>
    [...forms].map(([form, { source }]): [string, string[]] => [
      `${name} ${form}`,
      source.split(/\{\{.*?\}\}|\{%.*?%\}/).map(plain).filter((part) => /\p{L}/u.test(part)),
    ])
  );
  return new Map(words.filter(([name]) => !ONE_PART.includes(name.split(" ")[0] ?? "")));
}

function plain(text: string): string {
  return text.replace(/[\u2060\u2068\u2069]/g, "").replace(/\n> /g, " ").replace(/\s+/g, " ")
    .trim();
}

/** The facts about a mail's invitations, as strangers' values are shown. */
function valuesOf(model: MailModel): string[] {
  const { recipient, invitations } = neutralModel(model, "html");
  const isList = invitations.length > 3;
  const facts = invitations.flatMap(({ inviter, room, reason, when }) => [
    ...[inviter.name, inviter.id, inviter.local ? "" : inviter.server],
    ...[inviter.claimedName ?? "", room.claimedName ?? "", room.label],
    ...isList ? [] : [room.alias, room.topic, reason, when],
  ]);
  return [recipient.name, recipient.id, recipient.address, ...facts].filter((value) =>
    value !== ""
  );
}

for (const language of LANGUAGES) {
  // One each with an own script, with many forms of the plural, and with text from right to left.
  rowTest(["en", "uk", "ar"].includes(language))(
    `text and HTML in "${language}" have the same facts of every sample`,
    async () => {
      const sentences = await sentencesOf(language);
      for (const [name, original] of Object.entries(SAMPLES)) {
        const model = spoken(original, language);
        const { text, html } = await partsOf(model);
        const [lines, shown] = [plain(text), plain(textOf(html))];
        for (const value of valuesOf(model)) {
          assert.ok(lines.includes(plain(value)), `${name}: the text lacks ${value}`);
          assert.ok(shown.includes(plain(value)), `${name}: the HTML lacks ${value}`);
        }
        for (const [sentence, words] of sentences) {
          const inText = words.every((part) => lines.includes(part));
          const inHtml = words.every((part) => shown.includes(part));
          assert.equal(inText, inHtml, `${name}: only one part says ${sentence}: ${words}`);
        }
        const links = new Set(text.match(/https:\/\/\S+/g));
        const linked = new Set(
          [...html.matchAll(/href="(https:[^"]*)"/g)].map(([, link]) =>
            (link ?? "").replaceAll("&amp;", "&")
          ),
        );
        assert.deepEqual([...links].sort(), [...linked].sort(), name);
      }
    },
  );

  Deno.test(`a mail in "${language}" says all that it has to`, async () => {
    const sentences = await sentencesOf(language);
    async function expectSaid(name: string, wanted: readonly string[]): Promise<void> {
      const { text } = await partsOf(spoken(sample(name), language));
      for (const sentence of wanted) {
        const words = sentences.get(`${sentence} `);
        assert.ok(words && words.length > 0, sentence);
        for (const part of words) assert.ok(plain(text).includes(part), `${name}: ${sentence}`);
      }
    }
    const always = ["from", "sent", "decline", "register", "register_id", "why", "stop"];
    await expectSaid("inside", [
      ...always,
      "register_how",
      "room",
      "topic",
      "wrote",
      "encrypted",
      "inside",
    ]);
    await expectSaid("outside", [...always, "room", "outside", "outside_advice"]);
    await expectSaid("space", [...always, "space", "invited_space", "open_space"]);
    await expectSaid("direct", [...always, "direct", "unnamed", "invited_direct", "open_direct"]);
    await expectSaid("no-name", ["room", "unnamed", "invited_unnamed_room", "open_room"]);
    await expectSaid("reminder", ["reminder", "invited_room"]);
    await expectSaid("branded", ["support", "register", "register_id"]);
    await expectSaid("many", ["room", "space", "direct", "outside", "outside_list", "open_room"]);
  });
}
