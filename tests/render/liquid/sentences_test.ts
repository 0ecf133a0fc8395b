import assert from "node:assert/strict";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { parseWords, type Sentence } from "../../../src/render/liquid/sentences.ts";
import { TRANSLATIONS } from "./spoken.ts";

async function wordsOf(
  language: string,
  name = "words.yaml",
): Promise<ReadonlyMap<string, Sentence>> {
  const file = new URL(`../../../templates/${language}/${name}`, import.meta.url);
  const { sentences, problems } = parseWords(await Deno.readTextFile(file), name);
  assert.deepEqual(problems, []);
  return sentences;
}

function textsOf({ forms }: Sentence): string[] {
  return [...forms.values()].map(({ source }) => source);
}

// The output tags of a sentence, its filters included: what must not get lost in a translation.
function tagsOf(sentence: Sentence): string[] {
  const tags = textsOf(sentence).flatMap((text) => text.match(/\{\{.*?\}\}|\{%.*?%\}/g) ?? []);
  return [...new Set(tags)].sort();
}

Deno.test("the folders of templates are the languages", async () => {
  const folders: string[] = [];
  for await (const entry of Deno.readDir(new URL("../../../templates/", import.meta.url))) {
    if (entry.isDirectory) folders.push(entry.name);
  }
  assert.deepEqual(folders.sort(), LANGUAGES.toSorted());
});

for (const language of LANGUAGES) {
  Deno.test(`"${language}" has every sentence, in every form, with the same values`, async () => {
    const english = await wordsOf("en");
    const words = await wordsOf(language);
    assert.deepEqual([...words.keys()].sort(), [...english.keys()].sort());
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [name, sentence] of words) {
      const { of } = english.get(name) ?? {};
      assert.equal(sentence.of, of, name);
      if (of !== undefined) {
        assert.deepEqual([...sentence.forms.keys()].sort(), [...pluralCategories].sort(), name);
      }
      const original = english.get(name);
      assert.ok(original);
      assert.deepEqual(tagsOf(sentence), tagsOf(original), name);
    }
  });

  Deno.test(`"${language}" has no character that its readers do not use`, async () => {
    const words = [...await wordsOf(language), ...await wordsOf(language, "page.yaml")];
    for (const [name, sentence] of words) {
      for (const text of textsOf(sentence)) {
        const written = text.replace(/\{\{.*?\}\}|\{%.*?%\}/g, "x");
        // As in most emails in English.
        const quotes = language === "en" ? /"|(?<!\p{L})'|'(?!\p{L})/u : /["']/;
        assert.doesNotMatch(written, quotes, name);
        assert.doesNotMatch(written, /\.\.\.|^ | {2}|\|\s*raw/, name);
        // With a hyphen at which no line is broken.
        assert.doesNotMatch(written, /\be-mail/i, name);
        assert.doesNotMatch(written, /[\p{Cc}\u2028\u2029\u2066-\u2069\u202a-\u202e]/u, name);
        if (language !== "fr") assert.doesNotMatch(written, /[\u00A0\u202F]| [:;!?»]|« /, name);
        else assert.doesNotMatch(written, /[^\u00A0]:|[^\u202F][!?;]|«[^\u00A0]|[^\u00A0]»/, name);
        if (language === "ar") assert.doesNotMatch(written, /[,;?]/, name);
        assert.doesNotMatch(written, language === "nl" ? /[„“”«»]/ : /\p{L}‘|‘\p{L}/u, name);
      }
    }
  });
}

// The same word in both languages.
const SAME: Readonly<Record<string, readonly string[]>> = {
  de: ["space", "direct"],
  nl: ["space", "direct", "privacy"],
};

for (const language of TRANSLATIONS) {
  Deno.test(`nothing in "${language}" is in English`, async () => {
    const english = await wordsOf("en");
    const same: string[] = [];
    for (const [name, sentence] of await wordsOf(language)) {
      const original = english.get(name);
      assert.ok(original);
      const others = textsOf(original);
      const written = textsOf(sentence).filter((text) =>
        /\p{L}/u.test(text.replace(/\{.*?\}/g, ""))
      );
      if (written.some((text) => others.includes(text))) same.push(name);
    }
    assert.deepEqual(same, SAME[language] ?? []);
  });
}

const BROKEN: readonly [text: string, problem: RegExp][] = [
  ["a: [", /^words\.yaml:1: /],
  ["a: x\nb: 1", /^words\.yaml:2: b: expected text/],
  ["a: x\na: y", /^words\.yaml:2: Map keys must be unique/],
  ["- a", /^words\.yaml:1: expected sentences by their names/],
  ["Greeting: x", /^words\.yaml:1: Greeting: expected a name of lower-case letters/],
  [
    "a: {{ recipient.name }}",
    /^words\.yaml:1: a: expected text, in quotes if it contains .* a brace/,
  ],
  ["a:\n  of: rooms\n  other: x", /^words\.yaml:1: a: of: expected one of count, more, people$/],
  ["a:\n  other: x", /^words\.yaml:1: a: of: expected one of/],
  ["a:\n  of: count\n  one: x", /^words\.yaml:1: a: other: is missing/],
  ["a:\n  of: count\n  other: x\n  lots: y", /^words\.yaml:1: a: lots: expected one of of, zero/],
  ["a:\n  of: count\n  other: [x]", /^words\.yaml:1: a: other: expected text/],
];
for (const [text, problem] of BROKEN) {
  Deno.test(`words such as ${JSON.stringify(text)} are refused with the line`, () => {
    const { problems } = parseWords(text, "words.yaml");
    assert.match(problems[0] ?? "", problem);
  });
}

Deno.test("an empty words file is not broken", () => {
  assert.deepEqual(parseWords("# nothing yet\n", "words.yaml").problems, []);
});
