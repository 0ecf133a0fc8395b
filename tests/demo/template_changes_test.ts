import assert from "node:assert/strict";
import { watchTemplates } from "../../src/demo/template_changes.ts";
import { systemClock } from "../../src/system/clock.ts";

Deno.test("writing a template is an event, reading it is not", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/de`);
  await Deno.writeTextFile(`${folder}/text.liquid`, "Hello");
  try {
    using changes = watchTemplates([folder, `${folder}/not-there`], systemClock);
    const events = changes.events().pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await events.read()).value ?? "", /^: /);
    await Deno.readTextFile(`${folder}/text.liquid`);
    const before = changes.count;
    await Deno.writeTextFile(`${folder}/de/words.yaml`, "greeting: Hallo");
    assert.equal((await events.read()).value, "data: changed\n\n");
    assert.ok(before === 0 && changes.count > 0);
    await events.cancel();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the streams of changes end with the watch", async () => {
  const changes = watchTemplates([], systemClock);
  const events = changes.events().getReader();
  await events.read();
  changes[Symbol.dispose]();
  assert.equal((await events.read()).done, true);
});
