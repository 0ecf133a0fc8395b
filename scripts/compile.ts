/**
 * Compiles the program into one executable for each architecture, below dist/.
 *
 * The modules are bundled before: an executable of a few large modules starts sooner, is smaller and
 * takes less memory. `deno bundle` uses the esbuild of Deno's version, from the npm registry.
 *
 * Usage: deno task compile [--probe] [x86_64] [aarch64]
 *
 * Deno downloads the runtime that an executable contains (denort, some 50 MB for each architecture)
 * from dl.deno.land, and keeps it in its cache. Where it cannot, environment variables name runtimes
 * of the same version: DENORT_X86_64 and DENORT_AARCH64, or DENORT_BIN for a single architecture,
 * which without an argument is this machine's.
 *
 * Some versions of Deno are refused: see broken_deno.ts.
 *
 * With --probe the executable contains the tests' probe, which reports the permissions of the running
 * program, and its name ends in -probe.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { type Origin, ORIGIN_FILE, sourceOrigin } from "../src/cli/version.ts";
import { whyBroken } from "./broken_deno.ts";
import { BUNDLE, bundle } from "./bundle.ts";
import { setEmbeddedTimes } from "./embedded_times.ts";
import { programFlags } from "./program_flags.ts";

const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

// The date of source that Git does not know.
const WITHOUT_COMMIT = "2020-01-01";

const probe = Deno.args.includes("--probe");
const failure = await compileAll(Deno.args.filter((argument) => argument !== "--probe"));
if (failure !== undefined) {
  console.error(failure);
  Deno.exitCode = 1;
}

/** Compiles for these architectures, and returns what went wrong. */
async function compileAll(names: readonly string[]): Promise<string | undefined> {
  const unknown = names.find((name) => !ARCHITECTURES.includes(name));
  if (unknown !== undefined) {
    return `Unknown architecture ${unknown}: write ${
      ARCHITECTURES.join(" or ")
    }, or nothing for both`;
  }
  const single = Deno.env.has("DENORT_BIN");
  if (single && names.length > 1) {
    return `DENORT_BIN is for one architecture: name only one, or set ${
      names.map(variableFor).join(" and ")
    } instead`;
  }
  const broken = whyBroken(Deno.version.deno);
  if (broken !== undefined) return broken;
  const all = single ? [Deno.build.arch] : ARCHITECTURES;
  await Deno.mkdir("dist", { recursive: true });
  await writeOrigin();
  if (await bundle(runDeno) !== 0) {
    return 'Cannot bundle the modules: see the message of "deno bundle" above. If it could not ' +
      "download esbuild, let it reach the npm registry once, or set NPM_CONFIG_REGISTRY.";
  }
  for (const architecture of names.length > 0 ? names : all) {
    const code = await compile(architecture);
    if (code !== 0) {
      return `Cannot compile for ${architecture}: see the message of "deno compile" above. If it ` +
        "could not download the runtime, unpack denort-" +
        `${architecture}-unknown-linux-gnu.zip of Deno ${Deno.version.deno} ` +
        "(https://github.com/denoland/deno/releases) and set " +
        `${variableFor(architecture)} to the path of the file denort in it.`;
    }
  }
  return undefined;
}

// Renamed into place, because another compilation may be reading it.
async function writeOrigin(): Promise<void> {
  const partial = `${ORIGIN_FILE}.${Deno.pid}`;
  const origin: Origin = { ...await sourceOrigin(), deno: Deno.version.deno };
  await Deno.writeTextFile(partial, `${JSON.stringify(origin)}\n`);
  await Deno.rename(partial, ORIGIN_FILE);
}

function variableFor(architecture: string): string {
  return `DENORT_${architecture.toUpperCase()}`;
}

async function compile(architecture: string): Promise<number> {
  const runtime = Deno.env.get(variableFor(architecture)) ?? Deno.env.get("DENORT_BIN");
  const output = `dist/appservice-mxisd-linux-${architecture}${probe ? "-probe" : ""}`;
  console.error(
    runtime
      ? `Compiling ${output} with the runtime ${runtime}`
      : `Compiling ${output} with the runtime of Deno ${Deno.version.deno}, which is downloaded from ` +
        "dl.deno.land unless it is in Deno's cache",
  );
  const args = [
    "compile",
    ...await programFlags(),
    ...(probe ? ["--preload=tests/process/probe.ts"] : []),
    "--include=templates",
    `--include=${ORIGIN_FILE}`,
    // Loaded by their URLs, so that neither the bundle nor the compiler finds them.
    "--include=src/outbox/sqlite/files/path_check_thread.ts",
    "--include=src/mail/bounces/maildir_thread.ts",
    "--include=src/system/service_manager_thread.ts",
    `--target=${architecture}-unknown-linux-gnu`,
    `--output=${output}`,
    `${BUNDLE}/main.js`,
  ];
  const code = await runDeno(args, runtime ? { DENORT_BIN: runtime } : {});
  if (code === 0) await makeReproducible(output);
  return code;
}

async function runDeno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: {
      // With the default stack size the compiler of Deno 2.6 fails for so many modules.
      RUST_MIN_STACK: "67108864",
      // Its messages end with a stack otherwise, which says nothing.
      RUST_BACKTRACE: "0",
      RUST_LIB_BACKTRACE: "0",
      ...env,
    },
  }).spawn().status;
  return code;
}

// By what --version prints: source that was changed since has the commit's date as well.
async function makeReproducible(file: string): Promise<void> {
  const { date }: Origin = JSON.parse(await Deno.readTextFile(ORIGIN_FILE));
  const executable = await Deno.readFile(file);
  if (setEmbeddedTimes(executable, new Date(date ?? WITHOUT_COMMIT)) === 0) {
    console.error(`${file} can be used, but two compilations differ: it has no times of files`);
  }
  // Renamed into place, because the file may be running.
  const { mode } = await Deno.stat(file);
  await Deno.writeFile(`${file}.partial`, executable);
  if (mode !== null) await Deno.chmod(`${file}.partial`, mode);
  await Deno.rename(`${file}.partial`, file);
}
