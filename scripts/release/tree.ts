/**
 * The files that a release consists of.
 *
 * @module
 */

import { dirname, join } from "node:path";

/** A file of a release. */
export interface ReleaseFile {
  /** Where it goes, below the root of the archive or of the package's files. */
  readonly path: string;
  /** Its content, or the file that has it. */
  readonly content: string | URL;
  /** Its permissions. Default: 0644. */
  readonly mode?: number | undefined;
}

/** Writes files into a folder. Their permissions do not depend on the umask. */
export async function writeTree(folder: string, files: readonly ReleaseFile[]): Promise<void> {
  await makeFolder(folder);
  for (const { path, content, mode = 0o644 } of files) {
    const target = join(folder, path);
    await makeFolder(dirname(target));
    if (typeof content === "string") await Deno.writeTextFile(target, content);
    else await Deno.copyFile(content, target);
    await Deno.chmod(target, mode);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeFolder(dirname(path));
    await Deno.mkdir(path);
  }
  await Deno.chmod(path, 0o755);
}

/**
 * Runs a program.
 *
 * @throws {Error} When it fails, with what it wrote to its standard error.
 */
export async function runTool(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [program, ...args] = command;
  const { success, stderr } = await new Deno.Command(program, { args, env }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}
