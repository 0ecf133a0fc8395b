import assert from "node:assert/strict";
import { parse } from "yaml";
import { directionOf } from "../../../src/domain/language.ts";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { openPageRenderer } from "../../../src/render/liquid/page_renderer.ts";
import type { PageModel } from "../../../src/render/page_port.ts";
import { PAGE_SAMPLES } from "../../../src/render/page_samples.ts";
import { RenderError } from "../../../src/render/port.ts";
import { NO_BRAND } from "../../fakes/render/brand.ts";
import { assertGolden } from "../golden.ts";
import { structureOf, textOf } from "./html_structure.ts";

const TEMPLATES = new URL("../../../templates/", import.meta.url);
const renderer = openPageRenderer({ brand: NO_BRAND });

function sample(name: string, languages: readonly string[] = ["en"]): PageModel {
  const model = PAGE_SAMPLES[name];
  assert.ok(model);
  return { ...model, page: { ...model.page, languages } };
}

for (const name of Object.keys(PAGE_SAMPLES)) {
  Deno.test(`the page of the sample "${name}" is as it was`, async () => {
    await assertGolden(`pages/en/${name}.html`, await renderer.render(sample(name)));
  });
}

for (const language of LANGUAGES) {
  Deno.test(`the page has every sentence in "${language}", and no other`, async () => {
    const words = async (tag: string) =>
      parse(await Deno.readTextFile(new URL(`${tag}/page.yaml`, TEMPLATES)));
    const [own, english] = [await words(language), await words("en")];
    assert.deepEqual(Object.keys(own), Object.keys(english));
    const variables = (text: string) => [...text.matchAll(/\{\{ (\S+)/g)].map(([, name]) => name);
    for (const [name, sentence] of Object.entries<string>(own)) {
      assert.deepEqual(variables(sentence), variables(english[name]), name);
      if (language !== "en" && name !== "support") assert.notEqual(sentence, english[name], name);
    }
  });

  Deno.test(`the page is well-formed in "${language}", with all samples`, async () => {
    for (const name of Object.keys(PAGE_SAMPLES)) {
      const html = await renderer.render(sample(name, [language]));
      const tags = structureOf(html);
      assert.ok(tags.includes(`<html lang="${language}" dir="${directionOf(language)}">`));
      assert.equal(tags.filter((tag) => tag === "<h1>").length, 1);
      const open: string[] = [];
      for (const [, slash, element] of tags.join("").matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
        if (["meta", "br", "style"].includes(element ?? "")) continue;
        if (slash === "") open.push(element ?? "");
        else assert.equal(open.pop(), element);
      }
      assert.deepEqual(open, []);
      for (const tag of tags) assert.doesNotMatch(tag, /\b(?:src|href|action|style|on[a-z]+)=/);
      assert.ok(html.length < 8_000);
    }
  });
}

Deno.test("a page is in the first language that has sentences, else in English", async () => {
  for (
    const [languages, lang] of [
      [["tlh", "de-AT", "fr"], "de"],
      [["", "constructor", "<script>"], "en"],
      [[], "en"],
    ] as const
  ) {
    const html = await renderer.render(sample("unknown", languages));
    assert.match(html, new RegExp(`<html lang="${lang}"`));
  }
});

Deno.test("strangers' values are text on the page, without links or changes of direction", async () => {
  const html = await renderer.render(sample("hostile"));
  assert.doesNotMatch(html, /<script|<img|onerror=[^a]|\u202e|https:\/\/evil|evil\.example/);
  assert.match(textOf(html), /R&D <\/strong><script>/);
  assert.deepEqual(structureOf(html), structureOf(await renderer.render(sample("choices"))));
});

/** The buttons of a page by their names, and whether each one is filled. */
async function buttons(
  name: string,
  change: Partial<PageModel> = {},
): Promise<[string, boolean][]> {
  const html = await renderer.render({ ...sample(name), ...change });
  return [...html.matchAll(/<button ([^>]*)>([^]*?)<\/button>/g)].map((
    [, tag = "", inside = ""],
  ) => [
    textOf(inside),
    tag.includes('class="main"'),
  ]);
}

Deno.test("each button says what it stops, and the one that stops all does not stand out", async () => {
  const { choices = [] } = PAGE_SAMPLES.outside ?? {};
  const preferring = (what: string) => ({
    choices: choices.map((choice) => ({ ...choice, preferred: choice.what === what })),
    inviter: { name: "Alice", id: "@alice:partner.example" },
  });
  assert.deepEqual(await buttons("outside", preferring("all")), [
    ["Stop emails for this room", true],
    ["Stop emails from Alice", true],
    ["Stop emails from outside", true],
    ["Stop all", false],
  ]);
  assert.deepEqual((await buttons("outside", preferring("inviter"))).map(([, main]) => main), [
    ...[false, true, false, false],
  ]);
  assert.deepEqual(await buttons("only-all"), [["Stop all", false]]);
  const first = async (name: string, change = {}) => (await buttons(name, change))[0]?.[0];
  assert.equal(await first("space"), "Stop emails for this space");
  assert.equal(await first("direct"), "Stop emails for this chat");
  const [, unnamed] = await buttons("nothing-known");
  assert.equal(unnamed?.[0], "Stop emails from this person");
  assert.equal(await first("room-stopped"), "Turn back on");
});

Deno.test("the brand's product, colour, support, footer and imprint are shown", async () => {
  const branded = openPageRenderer({
    brand: {
      ...NO_BRAND,
      product: "Acme & Chat",
      color: "#ff0000",
      support: "help@acme.example",
      footer: "Acme <Ltd>",
      imprint: "Acme\nLondon",
    },
  });
  const html = await branded.render(sample("too-late"));
  assert.match(html, /Acme &amp; Chat invitations by email/);
  assert.match(html, /--accent: #ff0000/);
  assert.match(html, /<a href="mailto:help@acme\.example"><bdi>help@acme\.example<\/bdi><\/a>/);
  assert.match(html, /write to help@acme\.example\./);
  assert.match(html, /Acme &lt;Ltd&gt;[^]*Acme\nLondon/);
});

Deno.test("a page without a support address says whom to ask anyway", async () => {
  const html = await renderer.render(sample("too-late"));
  assert.match(textOf(html), /ask the people who run Matrix for you/);
  assert.doesNotMatch(html, /name="undo"/);
});

function folder(files: Readonly<Record<string, string>>) {
  return { path: "/etc/mxisd/templates", files: new Map(Object.entries(files)) };
}

Deno.test("a folder's page and sentences take precedence over the built-in ones", async () => {
  const own = openPageRenderer({
    brand: NO_BRAND,
    folder: folder({ "en/page.yaml": 'stop_all: "Enough"', "de/page.liquid": "{{ page.kind }}" }),
  });
  await own.check();
  assert.match(await own.render(sample("choices")), /Enough/);
  assert.equal(await own.render(sample("choices", ["de"])), "choices");
});

Deno.test("a folder's page that is broken is found by the check, with file and line", async () => {
  for (
    const [files, message] of [
      [{ "page.liquid": "\n{{ page.title }}" }, /^\/etc\/mxisd\/templates\/page\.liquid:2: /],
      [
        { "de/page.yaml": "stop_all: 1" },
        /^\/etc\/mxisd\/templates\/de\/page\.yaml:1: stop_all: expected/,
      ],
      [{ "sv/page.yaml": 'stop_all: "Sluta"' }, /sv\/page\.yaml: lacks banner, title/],
    ] as const
  ) {
    const broken = openPageRenderer({ brand: NO_BRAND, folder: folder(files) });
    await assert.rejects(
      () => broken.check(),
      (error) => error instanceof RenderError && message.test(error.message),
    );
  }
});

Deno.test("after the check, no page reads a file", async () => {
  let reads = 0;
  const counted = openPageRenderer({
    brand: NO_BRAND,
    readTemplate(path) {
      reads++;
      return Deno.readTextFile(new URL(path, TEMPLATES)).catch(() => undefined);
    },
  });
  await counted.check();
  const before = reads;
  for (const language of LANGUAGES) await counted.render(sample("choices", [language]));
  assert.ok(before > 0);
  assert.equal(reads, before);
});
