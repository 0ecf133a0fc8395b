import assert from "node:assert/strict";
import { join } from "node:path";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import { readTemplateFolder } from "../../../src/render/liquid/template_folder.ts";
import { type Renderer, RenderError } from "../../../src/render/port.ts";
import { rowTest, thoroughTest } from "../../thorough.ts";
import { partsOf, sample, spoken } from "./spoken.ts";

type Files = Readonly<Record<string, string>>;

async function withFolder(
  files: Files,
  use: (open: () => Renderer, path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "templates-" });
  try {
    for (const [file, text] of Object.entries(files)) {
      await Deno.mkdir(join(path, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(path, file), text);
    }
    await use(() => openLiquidRenderer({ folder: readTemplateFolder(path) }), path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** What is said when the renderer is opened and checked, the folder's path left out. */
async function refusal(files: Files): Promise<string> {
  let message = "nothing is wrong";
  await withFolder(files, async (open, path) => {
    try {
      await open().check();
    } catch (error) {
      assert.ok(error instanceof RenderError);
      message = error.message.replaceAll(`${path}/`, "");
    }
  });
  return message;
}

Deno.test("one sentence may be changed, and the others stay", async () => {
  await withFolder(
    { "de/words.yaml": 'greeting: "Moin {{ recipient.name | bdi }},"' },
    async (open) => {
      const renderer = open();
      await renderer.check();
      const { text } = await partsOf(spoken(sample("inside"), "de"), renderer);
      assert.match(text, /^Moin Bob,\n\nAlice hat Sie in den Raum „Plans“ eingeladen\./);
      assert.match((await partsOf(spoken(sample("inside"), "en"), renderer)).text, /^Hello Bob,\n/);
    },
  );
});

Deno.test("a sentence with a number may be changed to one that fits all numbers", async () => {
  await withFolder({ "en/words.yaml": 'waiting: "Invitations: {{ count }}"' }, async (open) => {
    assert.match((await partsOf(sample("several"), open())).text, /\nInvitations: 3\.\n/);
  });
});

thoroughTest("a part may be replaced for all languages, or for one", async () => {
  const files = { "subject.liquid": "For all", "de/subject.liquid": "Für {{ recipient.name }}" };
  await withFolder(files, async (open) => {
    const renderer = open();
    await renderer.check();
    assert.equal((await partsOf(spoken(sample("inside"), "fr"), renderer)).subject, "For all");
    assert.equal((await partsOf(spoken(sample("inside"), "de"), renderer)).subject, "Für Bob");
  });
});

Deno.test("a template in the folder may have sentences of its own", async () => {
  const files = {
    "en/text.liquid": '{% include "words/house_rules" %}',
    "en/words.yaml": "house_rules: Be kind, {{ recipient.name }}.",
  };
  await withFolder(files, async (open) => {
    const renderer = open();
    await renderer.check();
    assert.equal((await partsOf(sample("inside"), renderer)).text, "Be kind, Bob.\n");
  });
});

Deno.test("a language may be added with all its sentences", async () => {
  const english = await Deno.readTextFile(
    new URL("../../../templates/en/words.yaml", import.meta.url),
  );
  await withFolder({ "he/words.yaml": english.replace("Hello {{", "שלום {{") }, async (open) => {
    const renderer = open();
    await renderer.check();
    assert.ok(renderer.languages.includes("he"));
    const { html } = await partsOf(spoken(sample("inside"), "he-IL"), renderer);
    assert.match(html, /<html lang="he" dir="rtl">[^]*שלום <bdi>Bob<\/bdi>/);
  });
});

Deno.test("a region may differ from its language in a few sentences", async () => {
  const files = {
    "de/words.yaml": "support: Noch Fragen?",
    "de-AT/words.yaml": 'greeting: "Servus {{ recipient.name | bdi }},"',
  };
  await withFolder(files, async (open) => {
    const renderer = open();
    await renderer.check();
    const { text } = await partsOf(spoken(sample("branded"), "de-AT"), renderer);
    assert.match(text, /^Servus Bob,\n/);
    assert.match(text, /\nNoch Fragen\?/);
    const german = await partsOf(spoken(sample("branded"), "de-CH"), renderer);
    assert.match(german.text, /^Guten Tag Bob,\n/);
  });
});

Deno.test("after the check nothing of the folder is read", async () => {
  await withFolder({ "en/subject.liquid": "As it was" }, async (open, path) => {
    const renderer = open();
    await renderer.check();
    await Deno.writeTextFile(join(path, "en/subject.liquid"), "As it is");
    assert.equal((await partsOf(sample("inside"), renderer)).subject, "As it was");
  });
});

Deno.test("files that are not templates are ignored", async () => {
  const files = {
    "README.md": "x",
    "images/logo.png": "x",
    "en/notes.txt": "x",
    "archive/x.liquid": "x",
  };
  assert.equal(await refusal({ ...files, "html.liquid~": "{% if %}" }), "nothing is wrong");
});

Deno.test("a file that is a symbolic link is read, as in mounted configurations", async () => {
  await withFolder({ "data/subject": "Linked" }, async (open, path) => {
    await Deno.symlink("data/subject", join(path, "subject.liquid"));
    assert.equal((await partsOf(sample("inside"), open())).subject, "Linked");
  });
});

const REFUSED: readonly [what: string, files: Files, message: RegExp][] = [
  [
    "a slip in a file's name",
    { "htlm.liquid": "x" },
    /^htlm\.liquid: is not a template: the names here are subject\.liquid, text\.liquid, html\.liquid/,
  ],
  ["a slip in a language's file", { "de/word.yaml": "x" }, /^de\/word\.yaml: is not a template/],
  [
    "another spelling of a language",
    { "de-at/words.yaml": "" },
    /^de-at: rename the folder to de-AT$/,
  ],
  ["a language with an underscore", { "pt_BR/words.yaml": "" }, /^pt_BR: is not a language tag/],
  ["a language by its name", { "german/page.yaml": "" }, /^german: .*remove page\.yaml from it$/],
  [
    "a folder in a file's place",
    { "html.liquid/x": "" },
    /^html\.liquid: cannot be read: it is a folder$/,
  ],
  [
    "a huge file",
    { "html.liquid": "x".repeat(100_001) },
    /^html\.liquid: cannot be read: it is larger than 100000 bytes$/,
  ],
  ["no YAML", { "de/words.yaml": "a: x\nb: [" }, /^de\/words\.yaml:[23]: /],
  [
    "a slip in a sentence's name",
    { "de/words.yaml": "# Ours\ngreting: Moin" },
    /^de\/words\.yaml:2: greting: no template uses this sentence$/,
  ],
  [
    "an unknown name in a sentence",
    { "de/words.yaml": '\ngreeting: "Moin {{ recipent.name }}"' },
    /^de\/words\.yaml:2: undefined variable: recipent: use one of the names in docs\/templates\.md/,
  ],
  [
    "an unknown name that no language but one uses",
    { "de/words.yaml": "greeting: >\n  Moin\n  {{ nobody }}" },
    /^de\/words\.yaml:2: undefined variable: nobody/,
  ],
  [
    "a broken tag that no sample comes to",
    { "text.liquid": "Hello\n{% if recipient.name == 'never' %}\n{% nonsense %}{% endif %}" },
    /^text\.liquid:3: tag "nonsense" not found$/,
  ],
  [
    "a path out of the folder",
    { "text.liquid": '{% include "../../../etc/passwd" %}' },
    /^text\.liquid:1: ENOENT: .*: include one of the templates in docs\/templates\.md/,
  ],
  [
    "an absolute path",
    { "text.liquid": '{% render "/etc/passwd" %}' },
    /^text\.liquid:1: ENOENT: /,
  ],
  [
    "a layout from elsewhere",
    { "html.liquid": '{% layout "/etc/passwd" %}' },
    /^html\.liquid:1: ENOENT: /,
  ],
  [
    "half a language",
    { "sv/words.yaml": "greeting: Hej" },
    /^sv\/words\.yaml: lacks invited_room, .*: templates\/en\/words\.yaml has all in English$/,
  ],
];
// Samples are rendered in all languages before these are told.
const SLOW: readonly string[] = [
  "a broken tag that no sample comes to",
  "a path out of the folder",
  "an absolute path",
  "a layout from elsewhere",
];

for (const [what, files, message] of REFUSED) {
  rowTest(!SLOW.includes(what))(`${what} is refused at start, with its position`, async () => {
    assert.match(await refusal(files), message);
  });
}

Deno.test("all problems are reported at once, each one once", async () => {
  const message = await refusal({
    "de/words.yaml": "greeting: '{{ a }}'\nwhy: '{{ b }}'",
    "fr/words.yaml": "why: '{{ c }}'",
  });
  const lines = message.split("\n").map((line) => line.slice(0, line.indexOf(": use")));
  assert.deepEqual(lines, [
    "de/words.yaml:1: undefined variable: a",
    "fr/words.yaml:1: undefined variable: c",
  ]);
});

Deno.test("a folder that does not exist, or a file that is not text, is reported", async () => {
  assert.throws(
    () => readTemplateFolder("/nowhere/at/all"),
    /"\/nowhere\/at\/all" cannot be read: it does not exist$/,
  );
  await withFolder({}, async (open, path) => {
    await Deno.writeFile(join(path, "text.liquid"), new Uint8Array([0xff, 0xfe]));
    assert.throws(open, /text\.liquid: cannot be read: it is not UTF-8 text$/);
  });
});
