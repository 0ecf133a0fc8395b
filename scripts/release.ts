/**
 * Makes a release below dist/release/: for each architecture an archive and a Debian package, the bill
 * of materials, and the checksums of all.
 *
 * Usage: deno task release [--compiled] [x86_64] [aarch64]
 *
 * With --compiled the executables below dist/ are taken as they are; otherwise they are compiled
 * first, see compile.ts. Needs tar, gzip and dpkg-deb, which every Debian has.
 *
 * The same source and executables make the same files. Times are those of the last commit, or
 * SOURCE_DATE_EPOCH (seconds since 1970), which source without Git needs. DEBFULLNAME and DEBEMAIL name
 * the maintainer of the Debian package.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { createHash } from "node:crypto";
import { type Origin, ORIGIN_FILE, VERSION } from "../src/cli/version.ts";
import { makeArchive } from "./release/archive.ts";
import { type Executable, makeDocuments } from "./release/contents.ts";
import { makeDebianPackage } from "./release/debian.ts";

const ARCHITECTURES = ["x86_64", "aarch64"] as const;
const root = new URL("../", import.meta.url);

if (import.meta.main) {
  const failure = await release(Deno.args);
  if (failure !== undefined) {
    console.error(failure);
    Deno.exitCode = 1;
  }
}

/** Makes the release, and returns what went wrong. */
async function release(args: readonly string[]): Promise<string | undefined> {
  const names = args.filter((argument) => argument !== "--compiled");
  const unknown = names.find((name) => !ARCHITECTURES.some((known) => known === name));
  if (unknown !== undefined) return `Unknown architecture ${unknown}: write x86_64 or aarch64`;
  const time = await sourceTime();
  if (time === undefined) {
    return "This is not a clone of the repository: set SOURCE_DATE_EPOCH to the seconds since 1970 " +
      "when the source was changed last";
  }
  if (!args.includes("--compiled")) {
    const code = await run(
      Deno.execPath(),
      "run",
      "--frozen",
      "-A",
      "scripts/compile.ts",
      ...names,
    );
    if (code !== 0) return "The executables cannot be compiled";
  }
  const folder = new URL("dist/release", root).pathname;
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(folder, { recursive: true });
  const runtime = await compiler();
  const files: string[] = [];
  for (const architecture of ARCHITECTURES) {
    if (names.length > 0 && !names.includes(architecture)) continue;
    const file = new URL(`dist/appservice-mxisd-linux-${architecture}`, root);
    const executable = { file, architecture, runtime, version: VERSION, time };
    files.push(...await makeFiles(executable, folder));
  }
  const sums = await Promise.all(
    [...new Set(files)].sort().map(async (name) => {
      const hash = createHash("sha256").update(await Deno.readFile(`${folder}/${name}`));
      return `${hash.digest("hex")}  ${name}\n`;
    }),
  );
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, sums.join(""));
  console.error(`${folder} has ${files.length} files, and their checksums in SHA256SUMS`);
  return undefined;
}

/** Makes the files of one architecture in a folder, and returns their names. */
export async function makeFiles(
  executable: Executable,
  folder: string,
): Promise<readonly string[]> {
  const documents = await makeDocuments(executable);
  const bill = `appservice-mxisd-${executable.version}.cdx.json`;
  await Deno.writeTextFile(`${folder}/${bill}`, documents.bill);
  const name = Deno.env.get("DEBFULLNAME") ?? "appservice-mxisd";
  const address = Deno.env.get("DEBEMAIL") ?? "root@localhost";
  return [
    bill,
    await makeArchive(executable, documents, folder),
    await makeDebianPackage(executable, documents, folder, `${name} <${address}>`),
  ];
}

// The version of Deno that made the executables.
async function compiler(): Promise<string> {
  const { deno }: Origin = JSON.parse(await Deno.readTextFile(new URL(ORIGIN_FILE, root)));
  return deno ?? Deno.version.deno;
}

// Files that were changed later have the time of the commit as well.
async function sourceTime(): Promise<number | undefined> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given !== undefined) return /^\d{1,10}$/.test(given) ? Number(given) : undefined;
  const git = [`--git-dir=${root.pathname}.git`, "log", "-1", "--format=%ct"];
  const { success, stdout } = await new Deno.Command("git", { args: git }).output();
  return success ? Number(new TextDecoder().decode(stdout)) : undefined;
}

async function run(command: string, ...args: readonly string[]): Promise<number> {
  return (await new Deno.Command(command, { args: [...args], cwd: root }).spawn().status).code;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
