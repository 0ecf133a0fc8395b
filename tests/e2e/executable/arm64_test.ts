import assert from "node:assert/strict";
import { runToEnd } from "../../process/run_to_end.ts";
import { compiled, installed } from "../installed.ts";

/** Runs the arm64 executable in an emulator. */
async function emulated(...args: readonly string[]) {
  const emulator = await installed("/usr/bin/qemu-aarch64-static");
  await installed("/usr/aarch64-linux-gnu/lib/libgcc_s.so.1");
  const executable = await compiled("aarch64");
  return await runToEnd([emulator, "-L", "/usr/aarch64-linux-gnu", executable, ...args]);
}

Deno.test("the arm64 executable starts", async () => {
  const { code, output, errors } = await emulated("--version");
  assert.equal(code, 0, errors);
  assert.match(output, /\d+\.\d+\.\d+/);
});

Deno.test("the arm64 executable renders and sends a mail in its demo", async () => {
  const { code, output, errors } = await emulated("demo");
  assert.equal(code, 0, errors);
  assert.match(output, /invited you/);
});
