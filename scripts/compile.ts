/**
 * Compiles the program into one executable for each architecture, below dist/.
 *
 * Usage: deno task compile [--probe] [x86_64] [aarch64]
 *
 * Deno downloads the runtime that an executable contains. Where it cannot, environment variables name
 * runtimes of the same version: DENORT_X86_64 and DENORT_AARCH64, or DENORT_BIN for a single
 * architecture, which without an argument is this machine's.
 *
 * With --probe the executable contains the tests' probe, which reports the permissions of the running
 * program, and its name ends in -probe.
 *
 * @module
 */

import { programFlags } from "./program_flags.ts";

const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

const probe = Deno.args.includes("--probe");
const wanted = chooseArchitectures(Deno.args.filter((argument) => argument !== "--probe"));
await Deno.mkdir("dist", { recursive: true });
for (const architecture of wanted) await compile(architecture);

function chooseArchitectures(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !ARCHITECTURES.includes(name));
  if (unknown !== undefined) throw new Error(`Unknown architecture ${unknown}`);
  if (!Deno.env.has("DENORT_BIN")) return names.length > 0 ? names : ARCHITECTURES;
  if (names.length > 1) throw new Error("DENORT_BIN is for one architecture: name only that one");
  return names.length > 0 ? names : [Deno.build.arch];
}

async function compile(architecture: string): Promise<void> {
  const runtime = Deno.env.get(`DENORT_${architecture.toUpperCase()}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      ...await programFlags(),
      ...(probe ? ["--preload=tests/process/probe.ts"] : []),
      "--include=templates",
      // Nothing imports it.
      "--include=src/outbox/sqlite/files/path_check_thread.ts",
      `--target=${architecture}-unknown-linux-gnu`,
      `--output=dist/appservice-mxisd-linux-${architecture}${probe ? "-probe" : ""}`,
      "main.ts",
    ],
    env: {
      // With the default stack size the compiler of Deno 2.6 fails for so many modules.
      RUST_MIN_STACK: "67108864",
      ...(runtime ? { DENORT_BIN: runtime } : {}),
    },
  }).spawn().status;
  if (code !== 0) throw new Error(`Cannot compile for ${architecture}: exit code ${code}`);
}
