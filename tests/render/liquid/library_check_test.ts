import assert from "node:assert/strict";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import { RenderError } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { rows } from "../../thorough.ts";

const FOLDER = new URL("../../../templates/", import.meta.url);

Deno.test("after the check, a renderer reads nothing more", async () => {
  let reads = 0;
  const renderer = openLiquidRenderer({
    async readTemplate(path) {
      reads++;
      return await Deno.readTextFile(new URL(path, FOLDER)).catch(() => undefined);
    },
  });
  await renderer.check();
  assert.ok(reads > 0);
  const before = reads;
  for (const language of renderer.languages) {
    for (const model of rows(1, Object.values(SAMPLES))) {
      await renderer.render({ ...model, mail: { ...model.mail, language } });
    }
  }
  assert.equal(reads, before);
});

Deno.test("missing templates are found by the check", async () => {
  const renderer = openLiquidRenderer({ readTemplate: () => Promise.resolve(undefined) });
  await assert.rejects(renderer.check(), RenderError);
});
