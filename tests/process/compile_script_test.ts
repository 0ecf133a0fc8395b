import assert from "node:assert/strict";
import { thoroughTest } from "../thorough.ts";
import { runToEnd } from "./run_to_end.ts";

/** Runs the script that compiles executables, which does not get as far as compiling. */
async function compile(args: readonly string[], env: Readonly<Record<string, string>>) {
  const script = new URL("../../scripts/compile.ts", import.meta.url).pathname;
  const home = Deno.env.get("HOME") ?? "";
  return await runToEnd([Deno.execPath(), "run", "-A", script, ...args], {
    cwd: new URL("../..", import.meta.url).pathname,
    env: { PATH: "/usr/bin:/bin", HOME: home, NO_COLOR: "1", RUST_BACKTRACE: "1", ...env },
  });
}

Deno.test("compile names the architectures that there are", async () => {
  const { code, output, errors } = await compile(["sparc"], {});
  assert.deepEqual([code, output], [1, ""]);
  assert.match(errors, /^Unknown architecture sparc: write x86_64 or aarch64/m);
});

Deno.test("compile with one runtime for two architectures says what to set", async () => {
  const { code, errors } = await compile(["x86_64", "aarch64"], { DENORT_BIN: "/missing" });
  assert.equal(code, 1);
  assert.match(errors, /name only one, or set DENORT_X86_64 and DENORT_AARCH64 instead/);
});

thoroughTest("compile that fails ends with what to do, without a stack", async () => {
  const { code, errors } = await compile(["x86_64"], { DENORT_X86_64: "/missing/denort" });
  assert.equal(code, 1);
  assert.match(errors, /^Compiling dist\/\S+ with the runtime \/missing\/denort$/m);
  assert.match(errors, /Cannot compile for x86_64: .*set DENORT_X86_64 to .*denort in it\.\n$/);
  assert.doesNotMatch(errors, /Stack backtrace|^ +at /m);
});
