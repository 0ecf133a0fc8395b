import assert from "node:assert/strict";
import { parse } from "yaml";
import { directionOf } from "../../../src/domain/language.ts";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { assertGoldenMail } from "../golden.ts";
import { preheaderOf, structureOf, textOf, withoutUnlinking } from "./html_structure.ts";
import { partsOf, sample, spoken, TRANSLATIONS } from "./spoken.ts";

const TEMPLATES = new URL("../../../templates/", import.meta.url);
const HTML_SENTENCES = ["banner", "banner_reminder", "link"];

function wordsOf(text: string): Set<string> {
  const plain = text.replace(/[\u2060\u2068\u2069]/g, "").replace(/https?:\S+/g, " ");
  return new Set(plain.match(/[\p{L}\p{M}\p{N}]+/gu));
}

async function wordsFile(language: string): Promise<Record<string, string>> {
  return parse(await Deno.readTextFile(new URL(`${language}/words.yaml`, TEMPLATES)));
}

for (const language of LANGUAGES) {
  Deno.test(`text and HTML in "${language}" have the same words`, async () => {
    const sentences = await wordsFile(language);
    const only = wordsOf(JSON.stringify(HTML_SENTENCES.map((name) => sentences[name])));
    for (const model of Object.values(SAMPLES)) {
      const { text, html } = await partsOf(spoken(model, language));
      const [inText, inHtml] = [wordsOf(text), wordsOf(textOf(html))];
      // The text numbers the invitations.
      const missing = [...inText.difference(inHtml)].filter((word) => !/^\d$/.test(word));
      assert.deepEqual(missing, []);
      assert.deepEqual([...inHtml.difference(inText).difference(only)], []);
    }
  });
}

for (const language of LANGUAGES) {
  Deno.test(`every mail in "${language}" has a preheader that says more than its subject`, async () => {
    const own = await wordsFile(language);
    const english = await wordsFile("en");
    for (const [name, model] of Object.entries(SAMPLES)) {
      const { subject, html } = await partsOf(spoken(model, language));
      const preheader = preheaderOf(html);
      assert.ok(preheader.length > 5, name);
      assert.ok(!subject.includes(preheader) && !preheader.includes(subject), preheader);
      // Behind it there is enough that shows nothing, so that no text of the body follows it.
      assert.match(html, /(?:&#847;&zwnj;&nbsp;\s?){50}<\/div>/);
    }
    const shown = async (name: string) =>
      preheaderOf((await partsOf(spoken(sample(name), language))).html);
    const plain = (text = "") => text.replace(/\s+/g, " ");
    assert.equal(await shown("reminder"), plain(own.reminder));
    assert.equal(await shown("minimal"), plain(own.decline));
    assert.ok((await shown("outside")).startsWith(plain(`${own.outside}${own.colon} `)));
    assert.match(await shown("inside"), /Kick-off on Monday/);
    assert.match(await shown("one-inviter"), /^\P{L}*Plans\P{L}+Garden club\P{L}*$/u);
    if (language !== "en") assert.notEqual(own.decline, english.decline);
  });
}

for (const language of TRANSLATIONS) {
  Deno.test(`the mails of all samples in "${language}" are as they were`, async () => {
    for (const [name, model] of Object.entries(SAMPLES)) {
      await assertGoldenMail(language, name, await partsOf(spoken(model, language)));
    }
  });

  Deno.test(`the mails of all samples in "${language}" are built like the English ones`, async () => {
    const neutral = (html: string) =>
      structureOf(html).filter((tag) => !/^<style|^<\/?(?:bdi|strong)>/.test(tag))
        .map((tag) =>
          tag.replace(/ (?:lang|dir)="[^"]*"/g, "").replace(
            /(?<=text-align:|border-|padding-|align=")(?:left|right)/g,
            "",
          )
        );
    for (const model of Object.values(SAMPLES)) {
      const { html } = await partsOf(spoken(model, language));
      const english = await partsOf(spoken(model, "en"));
      assert.deepEqual(neutral(html), neutral(english.html));
      assert.ok(html.length < 20_000);
      assert.ok(html.includes(`<html lang="${language}" dir="${directionOf(language)}">`));
    }
  });
}

const SUBJECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  de: {
    inside: "Alice hat Sie in den Raum „Plans“ eingeladen",
    space: "Alice hat Sie in den Space „Garden club“ eingeladen",
    direct: "Alice möchte mit Ihnen chatten",
    several: "3 Einladungen von Alice und anderen",
    reminder: "Erinnerung: Alice hat Sie in den Raum „Plans“ eingeladen",
  },
  fr: {
    inside: "Alice vous invite à rejoindre le salon «\u00A0Plans\u00A0»",
    space: "Alice vous invite à rejoindre l’espace «\u00A0Garden club\u00A0»",
    direct: "Alice souhaite discuter avec vous",
    several: "3 invitations envoyées par Alice et d’autres personnes",
    reminder: "Rappel\u00A0: Alice vous invite à rejoindre le salon «\u00A0Plans\u00A0»",
  },
  es: {
    inside: "Alice le invita a la sala «Plans»",
    space: "Alice le invita al espacio «Garden club»",
    direct: "Alice quiere chatear con usted",
    several: "3 invitaciones de Alice y otras personas",
    reminder: "Recordatorio: Alice le invita a la sala «Plans»",
  },
  it: {
    inside: "Alice la invita nella stanza «Plans»",
    space: "Alice la invita nello spazio «Garden club»",
    direct: "Alice desidera chattare con lei",
    several: "3 inviti da Alice e altre persone",
    reminder: "Promemoria: Alice la invita nella stanza «Plans»",
  },
  nl: {
    inside: "Alice heeft u uitgenodigd voor de kamer ‘Plans’",
    space: "Alice heeft u uitgenodigd voor de space ‘Garden club’",
    direct: "Alice wil met u chatten",
    several: "3 uitnodigingen van Alice en anderen",
    reminder: "Herinnering: Alice heeft u uitgenodigd voor de kamer ‘Plans’",
  },
  pt: {
    inside: "Alice convidou você para a sala “Plans”",
    space: "Alice convidou você para o espaço “Garden club”",
    direct: "Alice quer conversar com você",
    several: "3 convites de Alice e outras pessoas",
    reminder: "Lembrete: Alice convidou você para a sala “Plans”",
  },
  pl: {
    inside: "Alice zaprasza do pokoju „Plans”",
    space: "Alice zaprasza do przestrzeni „Garden club”",
    direct: "Alice zaprasza do prywatnej rozmowy",
    several: "3 zaproszenia: Alice i inne osoby",
    reminder: "Przypomnienie: Alice zaprasza do pokoju „Plans”",
  },
  uk: {
    inside: "Alice запрошує вас до кімнати «Plans»",
    space: "Alice запрошує вас до простору «Garden club»",
    direct: "Alice хоче поспілкуватися з вами",
    several: "3 запрошення: Alice та інші",
    reminder: "Нагадування: Alice запрошує вас до кімнати «Plans»",
  },
  ar: {
    inside: "دعوة من \u2068Alice\u2069 إلى الغرفة «\u2068Plans\u2069»",
    space: "دعوة من \u2068Alice\u2069 إلى المساحة «\u2068Garden club\u2069»",
    direct: "دعوة من \u2068Alice\u2069 إلى محادثة خاصة معك",
    several: "3 دعوات من \u2068Alice\u2069 وآخرين",
    reminder: "تذكير: دعوة من \u2068Alice\u2069 إلى الغرفة «\u2068Plans\u2069»",
  },
};

Deno.test("there are subjects of each kind for each translation", () => {
  assert.deepEqual(Object.keys(SUBJECTS).sort(), TRANSLATIONS.toSorted());
});

for (const [language, subjects] of Object.entries(SUBJECTS)) {
  Deno.test(`the subjects in "${language}" say who invites, and where to`, async () => {
    for (const [name, subject] of Object.entries(subjects)) {
      assert.equal((await partsOf(spoken(sample(name), language))).subject, subject);
    }
  });
}

Deno.test("an Arabic mail runs from right to left, and each foreign value for itself", async () => {
  const { text, html } = await partsOf(spoken(sample("inside"), "ar"));
  assert.match(html, /<html lang="ar" dir="rtl">/);
  assert.match(html, /<table role="presentation" lang="ar" dir="rtl"/);
  assert.match(html, /text-align:right/);
  const plain = withoutUnlinking(html);
  for (const value of ["Alice", "@alice:example.org", "Plans", "#plans:example.org"]) {
    assert.ok(plain.includes(`<bdi>${value}</bdi>`), value);
    assert.ok(text.replaceAll("\u2060", "").includes(`\u2068${value}\u2069`), value);
  }
  const outside = text.replace(/\u2068[^\u2069]*\u2069|https:\S+|Matrix/g, "");
  assert.doesNotMatch(outside, /[A-Za-z]/);
});

Deno.test("a number has the form that the language has for it", async () => {
  const [one] = sample("inside").invitations;
  assert.ok(one);
  const invitation = one;
  async function heading(language: string, count: number): Promise<string> {
    const invitations = Array.from({ length: count }, () => invitation);
    const model = spoken({ ...sample("several"), invitations }, language);
    const [, first = ""] = /<h1[^>]*>(.*?)<\/h1>/.exec((await partsOf(model)).html) ?? [];
    return first;
  }
  assert.equal(await heading("pl", 3), "3 zaproszenia czekają na odpowiedź");
  assert.equal(await heading("pl", 5), "5 zaproszeń czeka na odpowiedź");
  assert.equal(await heading("pl", 22), "22 zaproszenia czekają na odpowiedź");
  assert.equal(await heading("uk", 21), "На вас чекає 21 запрошення");
  assert.equal(await heading("uk", 11), "На вас чекають 11 запрошень");
  assert.equal(await heading("ar", 2), "دعوتان بانتظارك");
  assert.equal(await heading("ar", 3), "3 دعوات بانتظارك");
  assert.equal(await heading("ar", 11), "11 دعوة بانتظارك");
  assert.equal(await heading("ar", 100), "100 دعوة بانتظارك");
});
