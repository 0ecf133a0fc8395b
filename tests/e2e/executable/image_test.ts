import assert from "node:assert/strict";
import { runToEnd } from "../../process/run_to_end.ts";
import { compiled, installed, installFolder } from "../installed.ts";

/** Runs the executable as the image does: as nobody, on a read-only root file system. */
async function inImage(...args: readonly string[]) {
  const script = new URL("in_image.sh", import.meta.url).pathname;
  const root = await installed(`${installFolder()}/image`);
  return await runToEnd(["/bin/bash", script, root, await compiled("x86_64"), ...args]);
}

Deno.test("the executable starts on the image's root file system", async () => {
  const { code, output, errors } = await inImage("--version");
  assert.equal(code, 0, errors);
  assert.match(output, /\d+\.\d+\.\d+/);
});

Deno.test("the demo runs as nobody on a read-only root file system", async () => {
  const { code, output, errors } = await inImage("demo");
  assert.equal(code, 0, errors);
  assert.match(output, /invited you/);
});
