/**
 * Says which version of the program this is, and what it was made from.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { PROGRAM_ENVIRONMENT } from "../system/program.ts";
import { programFile } from "../system/program_file.ts";
import { runProgram } from "../system/run_program.ts";

/** The version, by itself. */
export const VERSION: string = manifest.version;

/** What the program was made from. */
export interface Origin {
  /** The commit's ID, shortened; `-dirty` follows if files were changed since. */
  readonly commit?: string | undefined;
  /** The commit's date in UTC, such as 2027-01-31. */
  readonly date?: string | undefined;
  /** Of an executable: the version of Deno that compiled it. */
  readonly deno?: string | undefined;
}

/** The file in an executable that holds its `Origin`, by its path in the project. */
export const ORIGIN_FILE = "dist/origin.json";

// Git answers at once, unless its files are on a disk that does not.
const MAX_GIT_MS = 5000;

/** The line that `--version` prints: the version, and what is known of its origin. */
export async function versionLine(): Promise<string> {
  const { commit, date } = Deno.build.standalone ? await embeddedOrigin() : await sourceOrigin();
  const known = [...commit ? [`commit ${commit}`] : [], ...date ? [date] : []];
  return known.length === 0 ? VERSION : `${VERSION} (${known.join(", ")})`;
}

async function embeddedOrigin(): Promise<Origin> {
  return JSON.parse(await Deno.readTextFile(programFile(ORIGIN_FILE)));
}

/** The origin of the source in a folder, as Git knows it; empty if it is no working tree of its own. */
export async function sourceOrigin(folder = programFile("").pathname): Promise<Origin> {
  // A name that is not a commit's, so that tags do not take its place.
  const commit = await git(folder, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
  if (commit === undefined) return {};
  const date = await git(folder, "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%d");
  return { commit, date };
}

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  // Named, so that Git does not look for it in the folders above, which are other projects.
  const place = [`--git-dir=${folder}/.git`, `--work-tree=${folder}`];
  const result = await runProgram({
    command: "git",
    args: [...place, ...args],
    env: { ...PROGRAM_ENVIRONMENT, TZ: "UTC", GIT_OPTIONAL_LOCKS: "0" },
  }, AbortSignal.timeout(MAX_GIT_MS));
  const text = result.kind === "ended" && result.code === 0 ? result.stdout.trim() : "";
  return text === "" ? undefined : text;
}
