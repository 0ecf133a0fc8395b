import assert from "node:assert/strict";
import { Child } from "../process/child.ts";
import { programCommand, programEnvironment } from "../process/program.ts";
import { assertAccessible } from "./accessibility.ts";
import { assertFramesShowAll } from "./frames.ts";
import { assertLegible } from "./legibility.ts";
import { startBrowser } from "./servers/browser.ts";
import { OFFLINE_SETTINGS } from "./settings.ts";
import { tempFolder } from "./temp_folder.ts";

const CONFIGURATION = { ...OFFLINE_SETTINGS, notify: { templates: "templates" } };

Deno.test("the demonstration's page of samples shows a template as soon as it is changed", async () => {
  await using folder = await tempFolder();
  const words = `${folder.path}/templates/en/words.yaml`;
  await Deno.mkdir(`${folder.path}/templates/en`, { recursive: true });
  await Deno.writeTextFile(words, 'greeting_nobody: "Good day,"\ngreeting: "Good day,"\n');
  await Deno.writeTextFile(`${folder.path}/mxisd.yaml`, JSON.stringify(CONFIGURATION));
  await using demo = new Child({
    name: "the demonstration",
    command: [...await programCommand(), "demo", "--keep", "-c", "mxisd.yaml"],
    cwd: folder.path,
    env: programEnvironment(),
  });
  const line = await demo.line((line) => line.startsWith("See the emails"));
  const url = new URL("/preview?language=en&sample=inside", /http:\S+/.exec(line)?.[0]);

  await using browser = await startBrowser();
  await using page = await browser.open(url.href);
  const shown = () =>
    page.evaluate<string>("document.querySelector('figure pre, .broken').innerText");
  assert.match(await shown(), /^Good day,/);
  await assertLegible(page, url.href, "preview-page");
  for (const dark of [false, true]) {
    await page.setView({ width: 1280, dark });
    await page.goto(url.href);
    await assertAccessible(page, "the preview");
  }
  // The page cannot access the content of its frames.
  const opaque =
    "[...document.querySelectorAll('iframe')].every((f) => f.contentDocument === null)";
  assert.equal(await page.evaluate(opaque), true);

  await page.reloaded(() => Deno.writeTextFile(words, 'greeting: "Ahoy,"\n'));
  assert.match(await shown(), /^Ahoy,/);
  await page.reloaded(() => Deno.writeTextFile(words, 'greeting: "{{ nobody }}"\n'));
  assert.match(await shown(), /words\.yaml:1.*undefined variable: nobody/);
  await page.reloaded(() => Deno.writeTextFile(words, 'greeting: "Welcome back,"\n'));
  assert.match(await shown(), /^Welcome back,/);
  await demo.stop("SIGTERM");
});

Deno.test("the demonstration's page is accessible, and its frames show the whole mails", async () => {
  await using folder = await tempFolder();
  await using demo = new Child({
    name: "the demonstration",
    command: [...await programCommand(), "demo", "--keep"],
    cwd: folder.path,
    env: programEnvironment(),
  });
  const line = await demo.line((line) => line.startsWith("See the emails"));
  const url = /http:\S+/.exec(line)?.[0] ?? assert.fail(line);
  await using browser = await startBrowser();
  await using page = await browser.open(url);
  // A second mail, by the form.
  await page.evaluate(
    `document.querySelector("[name=reason]").value = "Come and see. ".repeat(14)`,
  );
  await page.follow("form button");
  while (await page.evaluate<number>("document.querySelectorAll('iframe').length") < 2) {
    await page.goto(url);
  }
  for (const dark of [false, true]) {
    for (const width of [1280, 360]) {
      await page.setView({ width, dark });
      await page.goto(url);
      await assertAccessible(page, `the demonstration, ${width} px${dark ? ", dark" : ""}`);
      assert.ok(await assertFramesShowAll(page, { width }) >= 2);
    }
  }
  await assertLegible(page, url, "demonstration");
  await demo.stop("SIGTERM");
});
