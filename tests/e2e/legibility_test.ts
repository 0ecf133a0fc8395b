import assert from "node:assert/strict";
import { sampleLogo } from "../../src/preview/sample_logo.ts";
import { LANGUAGES } from "../../src/render/liquid/languages.ts";
import { openLiquidRenderer } from "../../src/render/liquid/mail_renderer.ts";
import { openPageRenderer } from "../../src/render/liquid/page_renderer.ts";
import { PAGE_SAMPLES } from "../../src/render/page_samples.ts";
import { SAMPLES } from "../../src/render/samples.ts";
import { runCommand } from "../process/program.ts";
import { partsOf, sample, spoken } from "../render/liquid/spoken.ts";
import { assertAccessible } from "./accessibility.ts";
import { assertFramesShowAll } from "./frames.ts";
import { assertLegible, LAPTOP, VIEWS } from "./legibility.ts";
import { startBrowser } from "./servers/browser.ts";
import { OFFLINE_SETTINGS } from "./settings.ts";
import { tempFolder } from "./temp_folder.ts";
import { asWordReads } from "./word.ts";

// All samples are checked in these; in the others, the usual and the longest mail.
const THOROUGHLY_CHECKED: readonly string[] = ["en", "de", "ar"];

const CONFIGURATION = {
  ...OFFLINE_SETTINGS,
  server: { publicUrl: "https://chat.example.org" },
};

let folder: Awaited<ReturnType<typeof tempFolder>>;
/** The folder of the preview with the defaults. */
let written: string;

Deno.test.beforeAll(async () => {
  folder = await tempFolder();
  written = await preview(folder.path);
});

Deno.test.afterAll(async () => await folder[Symbol.asyncDispose]());

/** Writes the preview into a subfolder. */
async function preview(folder: string, notify: unknown = {}): Promise<string> {
  const settings = JSON.stringify({ ...CONFIGURATION, notify });
  await Deno.writeTextFile(`${folder}/mxisd.yaml`, settings);
  const { code, errors } = await runCommand(
    ...[folder, "preview", "-c", "mxisd.yaml", "-o", "preview"] as const,
  );
  assert.equal(code, 0, errors);
  return `${folder}/preview`;
}

/** Writes a sample's HTML, changed, to a file, with times as in the language; the URL. */
async function writeSample(
  name: string,
  language: string,
  change: (html: string) => string = (html) => html,
): Promise<string> {
  const { html } = await partsOf(spoken(sample(name), language), MAILS);
  const file = `${folder.path}/${language}-${name}.html`;
  const source = `data:image/png;base64,${sampleLogo().bytes.toBase64()}`;
  await Deno.writeTextFile(file, change(html).replaceAll(`cid:${LOGO.contentId}`, source));
  return `file://${file}`;
}

const LOGO = { contentId: "logo", picture: sampleLogo() };
const MAILS = openLiquidRenderer({ logo: LOGO });

Deno.test("each mail is legible and fits, in light and dark, on desktop and phone", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const language of LANGUAGES) {
    const samples = THOROUGHLY_CHECKED.includes(language)
      ? Object.keys(SAMPLES)
      : ["inside", "long", "many"];
    for (const name of samples) {
      const url = await writeSample(name, language);
      await assertLegible(page, url, `mail-${language}-${name}`);
    }
  }
});

// The kinds of mails that differ in their layout.
const LOOKED_AT = ["inside", "outside", "several", "many", "branded", "reminder"];

Deno.test("Word, with which Outlook shows mails, gives them their width, and buttons their size", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const language of ["en", "de", "fr", "ar"]) {
    for (const name of LOOKED_AT) {
      const url = await writeSample(name, language, asWordReads);
      const title = `word-${language}-${name}`;
      await assertLegible(page, url, title, ["mail", "light"]);
      const { card, buttons, links } = await page.evaluate<Drawn>(`(() => {
        const box = (element) => {
          const { width, height } = element.getBoundingClientRect();
          return { width, height };
        };
        return {
          card: box(document.querySelector(".card")),
          buttons: [...document.querySelectorAll(".button, .small")].map(box),
          links: [...document.querySelectorAll(".button a, .small a")].map(box),
        };
      })()`);
      assert.ok(Math.abs(card.width - 560) <= 2, `${title}: the card is ${card.width} px wide`);
      assert.ok(buttons.length > 0);
      for (const [at, { width, height }] of buttons.entries()) {
        const link = links[at] ?? assert.fail(title);
        assert.ok(
          height >= 30 && height >= link.height + 12,
          `${title}: a button is ${height} px high`,
        );
        assert.ok(width >= link.width + 24, `${title}: a button is ${width} px wide`);
      }
    }
  }
});

interface Drawn {
  readonly card: Box;
  readonly buttons: readonly Box[];
  readonly links: readonly Box[];
}

interface Box {
  readonly width: number;
  readonly height: number;
}

Deno.test("all of a button can be clicked, except where Word shows it", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const name of ["inside", "many"]) {
    await page.goto(await writeSample(name, "en"));
    const areas = await page.evaluate<readonly (readonly number[])[]>(
      `[...document.querySelectorAll(".button, .small")].map((cell) => [
        cell.clientWidth - cell.firstChild.clientWidth,
        cell.clientHeight - cell.firstChild.clientHeight,
      ])`,
    );
    assert.ok(areas.length > 0);
    for (const area of areas) assert.deepEqual(area, [0, 0]);
  }
});

// What the eye meets from top to bottom; in a row, from where the line begins.
const READING = `(() => {
  const rtl = document.dir === "rtl";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (text.data.trim() === "" || !text.parentElement.checkVisibility()) continue;
    const block = text.parentElement.closest("p, h1, h2, td, blockquote");
    if (boxes.at(-1)?.block === block) continue;
    const { top, bottom, left, right } = block.getBoundingClientRect();
    boxes.push({ block, top, bottom, start: rtl ? -right : left, text: block.innerText });
  }
  return boxes.slice(1).filter((box, at) => {
    const before = boxes[at];
    if (before.block.contains(box.block) || box.block.contains(before.block)) return false;
    const besides = box.top < before.bottom - 1 && box.start > before.start;
    return box.top < before.bottom - 1 && !besides;
  }).map(({ text }) => text);
})()`;

Deno.test("what is read one after the other stands below or beside it, in each direction", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const language of ["en", "de", "fr", "ar"]) {
    for (const name of LOOKED_AT) {
      for (const view of ["mail", "phone"]) {
        await page.setView(VIEWS[view] ?? assert.fail(view));
        await page.goto(await writeSample(name, language));
        assert.deepEqual(await page.evaluate(READING), [], `${language} ${name} ${view}`);
      }
      await page.goto(await writeSample(name, language, asWordReads));
      assert.deepEqual(await page.evaluate(READING), [], `${language} ${name} in Word`);
    }
  }
  // The check finds what stands above what it follows.
  await Deno.writeTextFile(
    `${folder.path}/wrong.html`,
    '<!doctype html><body style="display:flex;flex-direction:column-reverse"><p>One</p><p>Two</p>',
  );
  await page.goto(`file://${folder.path}/wrong.html`);
  assert.deepEqual(await page.evaluate(READING), ["Two"]);
});

Deno.test("a mail with a logo and an illegible colour is legible and fits", async () => {
  await using folder = await tempFolder();
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  await Deno.writeFile(`${folder.path}/logo.png`, sampleLogo().bytes);
  for (const color of ["#ffee00", "#000033", "#808080"]) {
    const brand = {
      ...{ product: "Corp Chat", logo: "logo.png", color, footer: "Run by our own IT." },
      ...{ support: "help@example.org", imprint: "Corp Limited\n1 Home Street\nExampleton" },
    };
    const branded = await preview(folder.path, { brand });
    for (const language of ["en", "ar"]) {
      const url = `file://${branded}/${language}/branded.html`;
      await assertLegible(page, url, `logo-${language}-${color.slice(1)}`);
    }
  }
});

Deno.test("the preview's dark copy is what a reader with a dark colour scheme sees", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const dark of [false, true]) {
    await page.setView({ dark });
    await page.goto(`file://${written}/en/inside.html`);
    const asSent = await page.screenshot();
    // The copy ignores the colour scheme of the reader.
    await page.setView({ dark: !dark });
    await page.goto(`file://${written}/en/inside.${dark ? "dark" : "light"}.html`);
    assert.deepEqual(await page.screenshot(), asSent);
  }
});

Deno.test("the preview's page is legible, fits a laptop, and shows the whole mails in frames", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const file of ["index.html", "ar.html"]) {
    const url = `file://${written}/${file}`;
    await assertLegible(page, url, `preview-${file}`, ["laptop", "dark", "phone"]);
    await page.setView(LAPTOP);
    await page.goto(url);
    await assertAccessible(page, file);
    await assertFramesShowAll(page, LAPTOP);
  }
  await page.goto(`file://${written}/index.html`);
  const { width, height, scrolls, frames } = await page.evaluate<Record<string, number>>(`({
    width: document.querySelector("figure.phone iframe").clientWidth,
    height: document.querySelector("figure pre").clientHeight,
    scrolls: document.querySelector("figure pre").scrollHeight,
    frames: document.querySelectorAll("iframe").length,
  })`);
  assert.equal(width, 360);
  assert.ok((height ?? 0) > 300);
  assert.equal(height, scrolls);
  assert.equal(frames, 4 * Object.keys(SAMPLES).length);
});

Deno.test("the pages on which mails are stopped are legible and fit", async () => {
  await using folder = await tempFolder();
  const renderer = openPageRenderer({ brand: SAMPLES.branded?.brand ?? assert.fail("no brand") });
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const language of THOROUGHLY_CHECKED) {
    for (const [sample, model] of Object.entries(PAGE_SAMPLES)) {
      const file = `${folder.path}/${language}-${sample}.html`;
      const spoken = { ...model, page: { ...model.page, languages: [language] } };
      await Deno.writeTextFile(file, await renderer.render(spoken));
      const views = ["light", "dark", "phone", "phone-dark"];
      await assertLegible(page, `file://${file}`, `stop-${language}-${sample}`, views);
      await assertAccessible(page, `stop-${language}-${sample}`);
    }
  }
});

Deno.test("illegible text and text that does not fit are found", async () => {
  await using folder = await tempFolder();
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  const faults: Readonly<Record<string, RegExp>> = {
    '<p style="color:#999">Pale</p>': /Pale: contrast 2\.8/,
    '<p style="color:#000;opacity:1;background:#333">Dark</p>': /Dark: contrast 1\./,
    '<p style="width:2000px">Wide</p>': /2000 of 1000|cut off/,
    [`<table width="300" style="table-layout:fixed"><tr><td>${"long".repeat(200)}`]:
      /overflows its container/,
    '<p>Picture</p><img alt="none" src="data:image/png;base64,AAAA">': /none: does not load/,
    "": /there is no text/,
  };
  for (const [html, fault] of Object.entries(faults)) {
    const file = `${folder.path}/page.html`;
    await Deno.writeTextFile(file, `<!doctype html><meta charset="utf-8">${html}`);
    const light = Object.keys(VIEWS).slice(0, 1);
    await assert.rejects(assertLegible(page, `file://${file}`, "fault", light), fault);
  }
});
