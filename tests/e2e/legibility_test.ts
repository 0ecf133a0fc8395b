import assert from "node:assert/strict";
import { openPageRenderer } from "../../src/render/liquid/page_renderer.ts";
import { PAGE_SAMPLES } from "../../src/render/page_samples.ts";
import { SAMPLES } from "../../src/render/samples.ts";
import { runCommand } from "../process/program.ts";
import { assertLegible, VIEWS } from "./legibility.ts";
import { type BrowserPage, startBrowser } from "./servers/browser.ts";
import { OFFLINE_SETTINGS } from "./settings.ts";
import { tempFolder } from "./temp_folder.ts";

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

async function drawLogo(page: BrowserPage): Promise<Uint8Array> {
  const url = await page.evaluate<string>(`(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 96 });
    const context = canvas.getContext("2d");
    context.fillStyle = "#8a1c5c";
    context.fillRect(0, 0, 96, 96);
    context.font = "64px sans-serif";
    context.fillText("Corp Chat", 120, 70);
    return canvas.toDataURL("image/png");
  })()`);
  return Uint8Array.fromBase64(url.slice(url.indexOf(",") + 1));
}

Deno.test("each mail is legible and fits, in light and dark, on desktop and phone", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for await (const { name: language, isDirectory } of Deno.readDir(written)) {
    if (!isDirectory) continue;
    const samples = THOROUGHLY_CHECKED.includes(language)
      ? Object.keys(SAMPLES)
      : ["inside", "long"];
    for (const sample of samples) {
      const url = `file://${written}/${language}/${sample}.html`;
      await assertLegible(page, url, `mail-${language}-${sample}`);
    }
  }
});

Deno.test("a mail with a logo and an illegible colour is legible and fits", async () => {
  await using folder = await tempFolder();
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  await Deno.writeFile(`${folder.path}/logo.png`, await drawLogo(page));
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

Deno.test("the preview's page is legible, fits, and shows the mails in frames", async () => {
  await using browser = await startBrowser();
  await using page = await browser.open("about:blank");
  for (const file of ["index.html", "ar.html"]) {
    await assertLegible(page, `file://${written}/${file}`, `preview-${file}`);
  }
  const { width, height, frames } = await page.evaluate<Record<string, number>>(`({
    width: document.querySelector("figure.phone iframe").clientWidth,
    height: document.querySelector("figure pre").clientHeight,
    frames: document.querySelectorAll("iframe").length,
  })`);
  assert.equal(width, 360);
  assert.ok((height ?? 0) > 300);
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
      await assertLegible(page, `file://${file}`, `stop-${language}-${sample}`);
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
