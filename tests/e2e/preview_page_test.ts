import assert from "node:assert/strict";
import { Child } from "../process/child.ts";
import { programCommand, programEnvironment } from "../process/program.ts";
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
